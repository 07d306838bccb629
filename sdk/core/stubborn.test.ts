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

/** Lets time pass until so many more requests have been answered. */
async function requests(count: number): Promise<void> {
  const end = collector.requests.length + count;
  await skipping(
    clock,
    until(() => collector.requests.length >= end),
  );
}

/** Chance, the same in every run. */
function numbers(): () => number {
  let state = 1;
  return () => {
    state = (state * 16_807) % 2_147_483_647; // Park and Miller's
    return state / 2_147_483_647;
  };
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

test("a good event that an outage left alone is not kept back by a bad one", async () => {
  let isDown = true;
  collector.react = (request) => {
    const isBad = isDown || JSON.stringify(request.envelope).includes("poison");
    return isBad ? { status: 502, body: "<html>No</html>" } : judge(request);
  };
  const client = connect(collector, clock);
  client.track("poison");
  await requests(6);
  client.track("good");
  await requests(12);
  isDown = false;
  await skipping(
    clock,
    until(() => client.stats().sent === 1),
  );
  expect(client.stats()).toMatchObject({ dropped: 0, pending: 1 });
});

test("an outage of 503 makes no request of each event, and lets no more wait than the bound", async () => {
  let isDown = true;
  collector.react = (request) => (isDown ? { status: 503 } : judge(request));
  const client = connect(collector, clock, { maxQueueBytes: 100_000 });
  for (let n = 1; n <= 20; n++) {
    client.track(`event ${n}`, { text: "x".repeat(n > 10 ? 50_000 : 1) });
    await requests(7);
  }
  expect(client.stats().pending).toBeLessThanOrEqual(13);
  isDown = false;
  const before = collector.requests.length;
  await skipping(clock, client.flush());
  expect(collector.requests.length - before).toBeLessThanOrEqual(2);
});

test("a gateway that mostly answers with 502 for half an hour costs no event", async () => {
  const random = numbers();
  collector.react = (request) =>
    clock.now() < 1_800_000 && random() < 0.9 ? { status: 502, body: "<html>No</html>" } : judge(request);
  const client = connect(collector, clock, {}, { random: numbers() });
  for (let n = 1; n <= 200; n++) {
    client.track(`event ${n}`);
    const due = clock.now() + 6_000;
    await skipping(
      clock,
      until(() => clock.now() >= due || client.stats().pending === 0),
    );
  }
  await skipping(clock, client.flush());
  expect(client.stats()).toEqual({ tracked: 200, sent: 200, dropped: 0, pending: 0 });
});

test("while a bad event waits, others are as quick as ever, also when the page is left", async () => {
  refusePoison(403);
  const client = connect(collector, clock);
  client.track("poison");
  await requests(8);
  client.track("good 1");
  await skipping(
    clock,
    until(() => client.stats().sent === 1),
  );
  await requests(1);
  client.track("good 2");
  expect(Math.min(...clock.timers())).toBeLessThanOrEqual(2_500);
  const leaving = collector.received(collector.requests.length + 1);
  client.leave(true);
  expect((await leaving).envelope.events.map(({ name }) => name)).toEqual(["good 2"]);
});

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
