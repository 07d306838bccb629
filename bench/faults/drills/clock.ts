import { startClient } from "../../../sdk/core/client.ts";
import { createClock } from "../../../sdk/core/clock.ts";
import { NO_KEEP } from "../../../sdk/core/keep.ts";
import { resolveOptions } from "../../../sdk/core/options.ts";
import { createTransport, gzipStream } from "../../../sdk/core/transport.ts";
import type { Client, ClientOptions } from "../../../sdk/node/index.ts";
import { SERVER_DEFAULTS } from "../../../sdk/server/defaults.ts";
import { createServerWire } from "../../../sdk/server/wire.ts";
import { makeBatch } from "../../events.ts";
import { post, postFresh } from "../batches.ts";
import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";
import { until } from "../wait.ts";

const HOUR_MS = 3_600_000;
/** From where to where the collector's clock jumps. The players' are off by as much, to the other side. */
const JUMPS_MS = [
  [0, HOUR_MS],
  [HOUR_MS, 0],
  [0, -HOUR_MS],
  [-HOUR_MS, 0],
] as const;

/** Whatever was stored with a time in it (backoff, alarms, ids within their window) is met by a clock that says another. */
export const clock = drill({
  number: 11,
  name: "The clock jumps an hour, back and forth",
  duplicates: null,
  sizes: { full: { events: 20_000 }, short: { events: 1_000 } },
  open: (settings) => startCollector(settings, "bench/workers/jumping-clock.ts"),
  async act({ collector, firehose, book, seat }, { events }) {
    const known = makeBatch(100);
    await postFresh(collector, book, known);
    const problems: string[] = [];
    let drainMs = 0;
    for (const [before, after] of JUMPS_MS) {
      await setClock(collector.url, before);
      await firehose.fail({ mode: "unavailable" });
      const players = seat(20, (options) => clientAhead(options, -before));
      players.report(events / JUMPS_MS.length);
      await until(
        "delivery backs off",
        async () => (await collector.stats()).delivery.consecutive_failures > 0,
      );
      await setClock(collector.url, after);
      await firehose.heal();
      await players.settled();
      drainMs += await drain(collector);
      const { duplicates } = await post(collector, book, known);
      if (duplicates !== 100) problems.push(`after a jump ${duplicates} of 100 events were known`);
    }
    return { drainMs, note: `${JUMPS_MS.length} jumps, each while delivery backed off`, problems };
  },
});

async function setClock(url: string, aheadMs: number): Promise<void> {
  const response = await fetch(`${url}/__clock`, { method: "POST", body: String(aheadMs) });
  if (response.status !== 204) throw new Error(`the clock was not set: ${response.status}`);
}

/** A client on a device whose clock is so much ahead. */
function clientAhead(options: ClientOptions, aheadMs: number): Client {
  const trueClock = createClock();
  const clock = { ...trueClock, wall: () => trueClock.wall() + aheadMs };
  const settings = resolveOptions(options, SERVER_DEFAULTS);
  const transport = createTransport(createServerWire(settings, gzipStream), clock);
  return startClient(settings, { clock, random: Math.random, transport, keep: NO_KEEP });
}
