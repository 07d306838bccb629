import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";
import { until } from "../wait.ts";

/** Everything is acknowledged while Firehose is down, and delivered by itself once it is back. */
export const unavailable = drill({
  number: 1,
  name: "Firehose is down for a while",
  duplicates: null,
  sizes: { full: { events: 50_000, failures: 5 }, short: { events: 2_000, failures: 2 } },
  open: startCollector,
  async act({ collector, firehose, seat }, { events, failures }) {
    await firehose.fail({ mode: "unavailable" });
    const players = seat(50);
    players.report(events);
    await players.settled();
    await until("delivery has failed so often", async () => {
      const { delivery } = await collector.stats();
      return delivery.consecutive_failures >= failures;
    });
    const { delivery } = await collector.stats();
    await firehose.heal();
    return { drainMs: await drain(collector), note: `after ${failures} failures, breaker ${delivery.state}` };
  },
});
