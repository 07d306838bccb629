import { makeBatch } from "../../events.ts";
import { post, postFresh } from "../batches.ts";
import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";
import { count } from "../tally.ts";
import { until } from "../wait.ts";

const BATCH_EVENTS = 100;

/**
 * The collector dies with requests on their way in and a call on its way out, at the worst moment: Firehose has the call and stores it,
 * nobody is left to hear so. What was acknowledged before is on disk; what was not, the SDK sends again. A backend that loses
 * the answer to a batch sends it again as well: it is known.
 */
export const crash = drill({
  number: 6,
  name: "kill -9 under load, in mid-flush",
  duplicates: "the calls that were under way when it died",
  // So many events every 20 ms.
  sizes: { full: { pulse: 200, deaths: 5 }, short: { pulse: 20, deaths: 5 } },
  open: startCollector,
  async act({ collector, firehose, book, seat }, { pulse, deaths }) {
    const players = seat(20);
    const batch = makeBatch(BATCH_EVENTS);
    const unheard: string[] = [];
    const problems: string[] = [];
    for (let death = 0; death < deaths; death++) {
      // What is stored from here on is only what was under way when it died.
      await firehose.fail({ mode: "unavailable" });
      await firehose.collect();
      await postFresh(collector, book, batch);
      let isDead = false;
      await firehose.onNextCall(() => {
        void collector.kill().then(() => (isDead = true));
      });
      await until("the collector is dead", () => {
        players.report(pulse);
        return isDead;
      });
      // A call that had been sent when it died may not have been read yet: one that is read from here on is refused.
      await firehose.fail({ mode: "unavailable" });
      unheard.push(...(await firehose.collect()));
      await collector.restart();
      const { duplicates } = await post(collector, book, batch);
      if (duplicates !== BATCH_EVENTS)
        problems.push(`after a death ${duplicates} of ${BATCH_EVENTS} events were known`);
      await firehose.heal();
      // What it heard is settled: none of that may come again after the next death.
      await drain(collector);
    }
    await players.settled();
    return {
      drainMs: await drain(collector),
      note: `${deaths} deaths; ${players.unanswered.size} events sent again, ${new Set(unheard).size} in unheard calls`,
      extraCopies: count(unheard),
      problems,
    };
  },
});
