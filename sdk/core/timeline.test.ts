import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Collector,
  connect,
  createTestClock,
  judge,
  startCollector,
  type TestClock,
} from "./testing.ts";
import { createTimekeeper } from "./timeline.ts";

let collector: Collector;
let clock: TestClock;

beforeEach(async () => {
  collector = await startCollector();
  clock = createTestClock();
  // A collector without a clock: only what a test says of the time is learned.
  collector.react = (request) => {
    const answer = judge(request);
    return { ...answer, body: { ...(answer.body as object), received_at: "" } };
  };
});

afterEach(() => collector.close());

describe("the clock's offset", () => {
  const at = (time: string) => Date.parse(`2026-11-21T${time}Z`);

  test("is taken from the shortest round trip, half of it on each way", () => {
    const keeper = createTimekeeper(clock);
    const stamp = () => keeper.stamp(keeper.current());
    expect(stamp()).toEqual({ sent_at: "2026-11-21T00:00:00.000Z" });
    keeper.learn(0, 400, at("00:01:00.500"));
    expect(stamp()).toEqual({ clock_offset_ms: 60_300 });
    keeper.learn(1_000, 1_100, at("00:01:01.050"));
    expect(stamp()).toEqual({ clock_offset_ms: 60_000 });
    keeper.learn(2_000, 9_000, at("00:01:30")); // a slow answer knows less
    expect(stamp()).toEqual({ clock_offset_ms: 60_000 });
    keeper.learn(10_000, 10_001, Number.NaN);
    expect(stamp()).toEqual({ clock_offset_ms: 60_000 });
  });

  test("belongs to the clock that it was measured by: what was stamped before a jump keeps it", () => {
    const keeper = createTimekeeper(clock);
    keeper.learn(0, 0, at("00:00:05"));
    const before = keeper.current();
    clock.jump(3_600_000);
    const after = keeper.current();
    expect(after).not.toBe(before);
    expect([keeper.stamp(before), keeper.stamp(after)]).toEqual([
      { clock_offset_ms: 5_000 },
      { sent_at: "2026-11-21T01:00:00.000Z" },
    ]);
  });
});

describe("events on both sides of a jump", () => {
  test("of a sleep: those before are as old as they are", async () => {
    const client = connect(collector, clock);
    client.track("before");
    clock.jump(3_600_000); // the monotonic clock stood still meanwhile
    client.track("after");
    await client.flush();
    const [before, after] = collector.requests.map(({ envelope }) => envelope);
    expect([before?.sent_at, before?.defaults?.timestamp, before?.events[0]?.offset_ms]).toEqual([
      "2026-11-21T01:00:00.000Z",
      "2026-11-21T00:00:00.000Z",
      0,
    ]);
    expect([after?.sent_at, after?.defaults?.timestamp]).toEqual([
      "2026-11-21T01:00:00.000Z",
      "2026-11-21T01:00:00.000Z",
    ]);
    expect(after?.id_seed).toBe(before?.id_seed);
  });

  test("of a clock that is set back: no event lies in its future", async () => {
    const client = connect(collector, clock);
    client.track("before");
    clock.advance(1_000);
    clock.jump(-3_600_000);
    client.track("after");
    await client.flush();
    expect(collector.requests.map(({ envelope }) => envelope.sent_at)).toEqual([
      "2026-11-21T00:00:01.000Z",
      "2026-11-20T23:00:01.000Z",
    ]);
  });
});

test("a small drift is none", async () => {
  const client = connect(collector, clock);
  client.track("before");
  clock.jump(1_500);
  client.track("after");
  await client.flush();
  expect(collector.requests).toHaveLength(1);
});
