import { afterEach, beforeEach, expect, test } from "vitest";
import type { CoreClient } from "./client.ts";
import {
  type Collector,
  connect,
  createTestClock,
  judge,
  skipping,
  startCollector,
  type TestClock,
  until,
} from "./testing.ts";
import type { Drop } from "./types.ts";

let collector: Collector;
let clock: TestClock;

beforeEach(async () => {
  collector = await startCollector();
  clock = createTestClock();
});

afterEach(() => collector.close());

/** Something between the game and the collector takes one event for an attack. */
function refusePoison(status: number): void {
  collector.react = (request) =>
    JSON.stringify(request.envelope).includes("poison")
      ? { status, body: "<html>No</html>" }
      : judge(request);
}

function tracking(count: number): { client: CoreClient; drops: Drop[] } {
  const client = connect(collector, clock);
  const drops: Drop[] = [];
  client.on("drop", (drop) => drops.push(drop));
  for (let n = 1; n <= count; n++) client.track(`good ${n}`);
  return { client, drops };
}

test.each([[400], [403], [404], [500]])(
  "an event that something answers with %i again and again stands in no other's way, and is given up in the end",
  async (status) => {
    refusePoison(status);
    const { client, drops } = tracking(70);
    client.track("poison");
    for (let n = 1; n <= 200; n++) client.track(`more ${n}`);
    await skipping(
      clock,
      until(() => client.stats().sent === 270),
    );
    for (let n = 1; n <= 10; n++) {
      client.track(`later ${n}`);
      await skipping(
        clock,
        until(() => client.stats().sent === 270 + n),
      );
    }
    await skipping(clock, client.flush());
    expect(client.stats()).toEqual({ tracked: 281, sent: 280, dropped: 1, pending: 0 });
    expect(drops).toEqual([{ reason: "refused", count: 1 }]);
  },
);

test.each([[403], [404], [500], [503]])(
  "an hour in which all is answered with %i costs no event",
  async (status) => {
    const end = clock.now() + 3_600_000;
    collector.react = (request) => (clock.now() < end ? { status, body: "<html>No</html>" } : judge(request));
    const { client } = tracking(250);
    await skipping(clock, client.flush());
    expect(client.stats()).toEqual({ tracked: 250, sent: 250, dropped: 0, pending: 0 });
  },
);
