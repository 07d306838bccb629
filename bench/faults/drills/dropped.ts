import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";
import { count } from "../tally.ts";
import { until } from "../wait.ts";

/** Firehose keeps a call and the connection breaks before it says so: the queue cannot know, and must send the call again. */
export const dropped = drill({
  number: 4,
  name: "Firehose takes a call, then drops the connection",
  duplicates: "the calls that were taken without an answer",
  sizes: { full: { events: 20_000, rounds: 5 }, short: { events: 1_000, rounds: 2 } },
  open: startCollector,
  async act({ collector, firehose, seat }, { events, rounds }) {
    const players = seat(20);
    const unanswered: string[] = [];
    let drainMs = 0;
    for (let round = 0; round < rounds; round++) {
      await firehose.collect();
      const before = firehose.calls();
      await firehose.fail({ mode: "accept_then_drop" });
      players.report(events / rounds);
      await until("a call was dropped", () => firehose.calls() > before);
      // Nothing is stored from here on, so that what was is exactly what was dropped.
      await firehose.fail({ mode: "unavailable" });
      unanswered.push(...(await firehose.collect()));
      await firehose.heal();
      await players.settled();
      drainMs += await drain(collector);
    }
    await firehose.collect();
    const extraCopies = count(unanswered);
    const exact = [...extraCopies].every(([id, copies]) => firehose.delivered.get(id) === copies + 1);
    return {
      drainMs,
      note: `${extraCopies.size} events were in dropped calls`,
      extraCopies,
      problems: exact ? [] : ["an event of a dropped call did not come exactly once more"],
    };
  },
});
