import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";
import { STREAM } from "../stand-in.ts";
import { until } from "../wait.ts";

/** A typing error in the stream's name: all is kept until it is mended, and none of it is called bad. */
export const wrongStream = drill({
  number: 13,
  name: "A wrong stream name, corrected later",
  duplicates: null,
  settings: { FIREHOSE_STREAM: "playtrail-dirlls" },
  sizes: { full: { events: 20_000, flushes: false }, short: { events: 500, flushes: true } },
  open: startCollector,
  async act({ collector, seat }, { events, flushes }) {
    const players = seat(20);
    players.report(events);
    await players.settled();
    await until("delivery is refused for good", async () => {
      const { delivery } = await collector.stats();
      return delivery.last_error?.kind === "permanent";
    });
    const { depth, delivery } = await collector.stats();
    const ready = await fetch(`${collector.url}/ready`);
    await ready.body?.cancel();
    await collector.kill();
    await collector.restart({ FIREHOSE_STREAM: STREAM });
    const start = performance.now();
    if (flushes) await collector.flush();
    await drain(collector);
    return {
      drainMs: performance.now() - start,
      note: `${delivery.last_error?.code}, ${depth.events} kept; tried again ${flushes ? "by hand" : "by itself, once a minute"}`,
      problems: ready.status === 503 ? [] : [`/ready said ${ready.status} while nothing could be delivered`],
    };
  },
});
