import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";
import { count } from "../tally.ts";
import { until } from "../wait.ts";

/**
 * The collector dies with requests on their way in and a call on its way out, at the worst moment: Firehose has the call and stores it,
 * nobody is left to hear so. What was acknowledged before is on disk; what was not, the SDK sends again.
 */
export const crash = drill({
  number: 6,
  name: "kill -9 under load, in mid-flush",
  duplicates: "the calls that were under way when it died",
  sizes: { full: { events: 25_000, deaths: 5 }, short: { events: 2_500, deaths: 5 } },
  open: startCollector,
  async act({ collector, firehose, seat }, { events, deaths }) {
    const players = seat(20);
    const unheard: string[] = [];
    for (let death = 0; death < deaths; death++) {
      // What is stored from here on is one call alone: the one that kills.
      await firehose.fail({ mode: "unavailable" });
      await firehose.collect();
      let isDead = false;
      players.report(events / deaths);
      await firehose.onNextCall(() => {
        void collector.kill().then(() => (isDead = true));
      });
      await until("the collector is dead", () => isDead);
      unheard.push(...(await firehose.collect()));
      await collector.restart();
    }
    await firehose.heal();
    await players.settled();
    const drainMs = await drain(collector);
    return {
      drainMs,
      note: `${deaths} deaths; ${players.unanswered.size} events sent again, ${unheard.length} in unheard calls`,
      extraCopies: count(unheard),
    };
  },
});
