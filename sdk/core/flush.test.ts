import { afterEach, beforeEach, describe, expect, test } from "vitest";
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

let collector: Collector;
let clock: TestClock;

beforeEach(async () => {
  collector = await startCollector();
  clock = createTestClock();
});

afterEach(() => collector.close());

describe("flush()", () => {
  test("resolves at once where nothing waits", async () => {
    await connect(collector, clock).flush();
    expect(collector.requests).toEqual([]);
  });

  test("resolves only when everything tracked before is settled, however many batches and failures that takes", async () => {
    let requests = 0;
    collector.react = (request) => (++requests % 2 === 1 ? { status: 503 } : judge(request));
    const client = connect(collector, clock, { maxBatchEvents: 10 });
    for (let i = 0; i < 95; i++) client.track("a");
    await skipping(clock, client.flush());
    expect(client.stats()).toEqual({ tracked: 95, sent: 95, dropped: 0, pending: 0 });
    expect(requests).toBe(20);
  });

  test("waits for the request that is under way already", async () => {
    const client = connect(collector, clock, { maxBatchEvents: 2 });
    client.track("a");
    client.track("b"); // fills the batch: it is on its way
    await client.flush();
    expect(client.stats()).toEqual({ tracked: 2, sent: 2, dropped: 0, pending: 0 });
  });

  test("does not wait for events tracked after the call", async () => {
    const client = connect(collector, clock);
    client.track("a");
    const flushed = client.flush();
    await collector.received(1);
    client.track("b");
    await flushed;
    expect(client.stats()).toEqual({ tracked: 2, sent: 1, dropped: 0, pending: 1 });
  });

  test("resolves when the client is closed under it", async () => {
    collector.react = () => "hang";
    const client = connect(collector, clock);
    client.track("a");
    const flushed = client.flush();
    await collector.received(1);
    const closed = client.close();
    clock.advance(5_000);
    await flushed;
    expect(await closed).toEqual({ sent: 0, dropped: 0, pending: 1 });
  });
});

describe("close()", () => {
  test("delivers what waits, and accepts nothing after", async () => {
    const client = connect(collector, clock);
    client.track("a");
    const closed = client.close();
    client.track("b");
    expect(await closed).toEqual({ sent: 1, dropped: 1, pending: 0 });
    expect(client.stats()).toEqual({ tracked: 2, sent: 1, dropped: 1, pending: 0 });
    expect(clock.timers()).toEqual([]);
  });

  test("gives up on a collector that hangs after the time it was given, and leaves no timer", async () => {
    collector.react = () => "hang";
    const deadlines = createTestClock();
    const client = connect(collector, clock, {}, { deadlines });
    client.track("a");
    const closed = client.close(300);
    await collector.received(1);
    expect(clock.timers()).toEqual([300]);
    clock.advance(300);
    expect(await closed).toEqual({ sent: 0, dropped: 0, pending: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    expect([clock.timers(), deadlines.timers()]).toEqual([[], []]);
  });

  test("tries once more at once, even in a long backoff of the client's own", async () => {
    let up = false;
    collector.react = (request) => (up ? judge(request) : { status: 503 });
    const client = connect(collector, clock);
    client.track("a");
    void client.flush();
    for (const number of [1, 2]) {
      await collector.received(number);
      await until(() => clock.timers().length > 0);
      if (number < 2) clock.advance(3_600_000);
    }
    up = true;
    expect(clock.timers()).toEqual([30_000]);
    expect(await client.close()).toEqual({ sent: 1, dropped: 0, pending: 0 });
  });

  test("does not come before a time that the collector named", async () => {
    collector.react = () => ({ status: 503, headers: { "Retry-After": "60" } });
    const client = connect(collector, clock);
    client.track("a");
    void client.flush();
    await collector.received(1);
    await until(() => clock.timers().length > 0);
    const closed = client.close();
    expect(clock.timers()).toEqual([5_000, 66_000]); // the end of close(), and 60 s with a tenth on top
    clock.advance(5_000);
    expect(await closed).toEqual({ sent: 0, dropped: 0, pending: 1 });
    expect(collector.requests).toHaveLength(1);
  });

  test("may be given all the time there is", async () => {
    const client = connect(collector, clock);
    client.track("a");
    const closed = client.close(Infinity);
    expect(Math.max(...clock.timers())).toBe(2 ** 31 - 1);
    expect(await closed).toEqual({ sent: 1, dropped: 0, pending: 0 });
  });

  test("gives the same answer when called twice", async () => {
    const client = connect(collector, clock);
    client.track("a");
    expect(await Promise.all([client.close(), client.close()])).toEqual(
      Array(2).fill({ sent: 1, dropped: 0, pending: 0 }),
    );
  });
});
