import { afterEach, beforeEach, expect, test } from "vitest";
import { decodeSnapshot } from "./snapshot.ts";
import {
  type Collector,
  connect,
  createTestClock,
  createTestStorage,
  judge,
  keepIn,
  startCollector,
  type TestClock,
} from "./testing.ts";
import type { Attempt, Transport } from "./transport.ts";

let collector: Collector;
let clock: TestClock;

beforeEach(async () => {
  collector = await startCollector();
  clock = createTestClock();
});

afterEach(() => collector.close());

/** A network that notes what it is given, and never answers. */
function recording(): Transport & { posted: Attempt[] } {
  const posted: Attempt[] = [];
  return {
    posted,
    pack: async (json) => json,
    post(attempt) {
      posted.push(attempt);
      return new Promise(() => {});
    },
  };
}

const eventsIn = (attempts: Attempt[]) =>
  attempts.flatMap(({ body }) => JSON.parse(String(body)).events.map(({ seq }: { seq: number }) => seq));

test("a page that is left sends at once, uncompressed, in requests that outlive it", () => {
  const network = recording();
  const client = connect(collector, clock, {}, { transport: network });
  for (let i = 0; i < 5; i++) client.track("a");
  client.leave(true);
  expect(eventsIn(network.posted)).toEqual([1, 2, 3, 4, 5]);
  expect(network.posted.map(({ keepalive, body }) => [keepalive, typeof body])).toEqual([[true, "string"]]);
});

test("it takes over a batch that was still being compressed", () => {
  const network = recording();
  const client = connect(collector, clock, { maxBatchEvents: 5 }, { transport: network });
  for (let i = 0; i < 5; i++) client.track("a"); // a full batch: on its way to gzip
  client.leave(true);
  expect(eventsIn(network.posted)).toEqual([1, 2, 3, 4, 5]);
});

test("hidden and then left, it sends nothing twice", async () => {
  const network = recording();
  const client = connect(collector, clock, {}, { transport: network });
  client.track("a");
  client.leave(false);
  client.track("b");
  client.leave(true);
  await Promise.resolve();
  expect(eventsIn(network.posted)).toEqual([1, 2]);
});

test("it stays within what browsers let outlive a page, all requests together, and keeps the rest", () => {
  const storage = createTestStorage();
  const network = recording();
  const client = connect(collector, clock, {}, { transport: network, keep: keepIn(storage) });
  for (let i = 0; i < 200; i++) client.track("a", { text: "é".repeat(500) });
  client.leave(true);
  const bytes = network.posted.reduce((sum, { body }) => sum + Buffer.byteLength(String(body)), 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(60 * 1024);
  for (const { body, bytes } of network.posted) expect(bytes).toBe(Buffer.byteLength(String(body)));
  const [kept] = storage.queues.values();
  expect(decodeSnapshot(String(kept))?.events).toHaveLength(200);
});

test("a page that lives on takes the answers, and lets go of what was kept", async () => {
  const storage = createTestStorage();
  const client = connect(collector, clock, {}, { keep: keepIn(storage) });
  client.track("a");
  client.leave(false);
  expect(storage.queues.size).toBe(1);
  await client.flush();
  clock.advance(250);
  expect([collector.requests.length, storage.queues.size]).toEqual([1, 0]);
});

test("offline, it only keeps: nothing is sent into the void", async () => {
  collector.react = () => ({ status: 503 });
  const storage = createTestStorage();
  const client = connect(collector, clock, {}, { keep: keepIn(storage) });
  const failed = new Promise((resolve) => client.on("error", resolve));
  client.track("a");
  void client.flush();
  await failed;
  client.leave(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect([collector.requests.length, storage.queues.size]).toEqual([1, 1]);
});

test("back in front, it does not wait for its own backoff to end", async () => {
  let up = false;
  collector.react = (request) => (up ? judge(request) : { status: 503 });
  const client = connect(collector, clock);
  const failed = new Promise((resolve) => client.on("error", resolve));
  client.track("a");
  const flushed = client.flush();
  await failed;
  up = true;
  client.comeBack();
  await flushed;
  expect(client.stats()).toEqual({ tracked: 1, sent: 1, dropped: 0, pending: 0 });
});
