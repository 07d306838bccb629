import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";
import { until } from "../wait.ts";

/** Firehose takes the connection and says nothing: the queue gives a call up after 15 s, and clients wait for none of it. */
export const timeouts = drill({
  number: 5,
  name: "Firehose does not answer",
  // On AWS it may: a call that was given up could have been taken. This stand-in stores nothing of one.
  duplicates: null,
  sizes: { full: { events: 20_000, calls: 2 }, short: { events: 500, calls: 1 } },
  open: startCollector,
  async act({ collector, firehose, seat }, { events, calls }) {
    await firehose.fail({ mode: "timeout" });
    const players = seat(20);
    const start = performance.now();
    players.report(events);
    await players.settled();
    const settledMs = performance.now() - start;
    await until("so many calls were given up", async () => {
      const { delivery } = await collector.stats();
      return delivery.consecutive_failures >= calls;
    });
    await firehose.heal();
    const drainMs = await drain(collector);
    return {
      drainMs,
      note: `${calls} calls given up; all acknowledged within ${(settledMs / 1000).toFixed(1)} s`,
    };
  },
});
