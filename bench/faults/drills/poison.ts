import { randomUUID } from "node:crypto";
import { type Collector, drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";
import { until } from "../wait.ts";

/** One event that Firehose will never take, among others in the same record: it alone is given up, and kept for an operator. */
export const poison = drill({
  number: 8,
  name: "A poison event in the middle",
  duplicates: null,
  settings: { MAX_ATTEMPTS: "3" },
  sizes: { full: { events: 20_000, flushes: false }, short: { events: 1_000, flushes: true } },
  open: startCollector,
  async act({ collector, firehose, book, seat }, { events, flushes }) {
    const guilty = randomUUID();
    await firehose.fail({ mode: "refuse_record", match: guilty });
    const players = seat(20);
    players.report(events / 2);
    players.reportAs(guilty);
    players.report(events / 2);
    await players.settled();
    const drainMs = await (flushes ? hurry(collector) : drain(collector));
    const dead = [...(await collector.deadLetters()).keys()];
    const isAlone = dead.length === 1 && dead[0] === guilty;
    return {
      drainMs,
      note: `1 guilty among ${book.size}; found ${flushes ? "by hand" : "by itself"}`,
      problems: isAlone ? [] : [`dead letters hold ${dead.length} events: ${dead.slice(0, 3).join(", ")}`],
    };
  },
});

/** The record that holds it is tried and halved again and again, after a backoff each time, unless an operator is impatient. */
async function hurry(collector: Collector): Promise<number> {
  const start = performance.now();
  await until("the queue is drained by hand", async () => {
    await collector.flush();
    return (await collector.stats()).depth.events === 0;
  });
  return performance.now() - start;
}
