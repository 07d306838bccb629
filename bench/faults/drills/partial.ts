import { setTimeout as sleep } from "node:timers/promises";
import { type Collector, drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";
import type { StandIn } from "../stand-in.ts";

/** Calls succeed, records in them fail: those alone are sent again, whichever way events are packed into records. */
export const partial = drill({
  number: 3,
  name: "1–50 % of records fail",
  duplicates: null,
  // Chance decides here, not what a record holds: none is to be given up for bad luck.
  settings: { FIREHOSE_PACKING: "event", FIREHOSE_CALL_BYTES: "131072", MAX_ATTEMPTS: "1000" },
  sizes: { full: { events: 20_000 }, short: { events: 1_000 } },
  open: startCollector,
  async act({ collector, firehose, seat }, { events }) {
    const players = seat(20);
    await firehose.fail({ mode: "partial", rate: 0.5 });
    players.report(events / 2);
    await players.settled();
    const asEvents = await drainThroughFailures(collector, firehose);

    // What failed as single events is met by a collector that packs lines. Nothing is stored when it dies: that is another drill.
    await firehose.fail({ mode: "unavailable" });
    players.report(events / 4);
    await players.settled();
    await collector.kill();
    await collector.restart({ FIREHOSE_PACKING: "lines" });
    players.report(events / 4);
    await players.settled();
    const asLines = await drainThroughFailures(collector, firehose);
    const { totals } = await collector.stats();
    return { drainMs: asEvents + asLines, note: `in ${totals.firehose_calls} calls, failing to the end` };
  },
});

async function drainThroughFailures(collector: Collector, firehose: StandIn): Promise<number> {
  let isDrained = false;
  const draining = drain(collector).finally(() => (isDrained = true));
  while (!isDrained) {
    await firehose.fail({ mode: "partial", rate: 0.01 + 0.49 * Math.random() });
    await sleep(100);
  }
  return draining;
}
