import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";

/** Firehose says "too fast" in two ways, as a 503 and as a 400: neither counts against any record. */
export const throttled = drill({
  number: 2,
  name: "30 % of calls are throttled",
  duplicates: null,
  // Small calls, so that there are many.
  settings: { FIREHOSE_CALL_BYTES: "65536" },
  sizes: { full: { events: 6_000 }, short: { events: 1_000 } },
  open: startCollector,
  async act({ collector, firehose, seat }, { events }) {
    const players = seat(20);
    let drainMs = 0;
    for (const mode of ["unavailable", "throttle"] as const) {
      await firehose.fail({ mode, rate: 0.3 });
      players.report(events / 2);
      await players.settled();
      drainMs += await drain(collector);
    }
    const { totals } = await collector.stats();
    const refused = totals.firehose_calls - firehose.calls();
    return { drainMs, note: `${refused} of ${totals.firehose_calls} calls refused, to the end` };
  },
});
