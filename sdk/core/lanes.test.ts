import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Collector,
  connect,
  createTestClock,
  judge,
  type Received,
  skipping,
  startCollector,
  type TestClock,
  until,
} from "./testing.ts";
import type { Reply } from "./transport.ts";

let collector: Collector;
let clock: TestClock;

beforeEach(async () => {
  collector = await startCollector();
  clock = createTestClock();
});

afterEach(() => collector.close());

/** Lets all that was answered be worked off. */
async function turns(): Promise<void> {
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setImmediate(resolve));
}

const seqs = ({ envelope }: Received) => envelope.events.map(({ seq }) => seq);

describe("a request that hangs", () => {
  test("holds up no other for longer than 2 s", async () => {
    let hangs = 1;
    collector.react = (request) => (hangs-- > 0 ? "hang" : judge(request));
    const client = connect(collector, clock);
    client.track("hangs");
    void client.flush();
    await collector.received(1);
    client.track("passes");
    expect(clock.timers()).toEqual([2_000]);
    clock.advance(2_000);
    expect(seqs(await collector.received(2))).toEqual([2]);
  });

  test("one of three: all that waits goes through, and none is given up", async () => {
    let hangs = 3;
    collector.react = (request) => (hangs-- > 0 ? "hang" : judge(request));
    const deadlines = createTestClock();
    const client = connect(collector, clock, { maxBatchEvents: 10 }, { deadlines });
    for (let i = 0; i < 100; i++) client.track("a");
    const flushed = client.flush();
    await collector.received(3);
    expect(collector.requests).toHaveLength(3);
    deadlines.advance(6_000);
    await skipping(clock, flushed);
    expect(client.stats()).toEqual({ tracked: 100, sent: 100, dropped: 0, pending: 0 });
  });
});

test("while the collector fails, one small probe at a time is sent, whatever waits", async () => {
  let up = false;
  let underWay = 0;
  let most = 0;
  collector.react = (request) => {
    most = Math.max(most, ++underWay);
    setImmediate(() => underWay--);
    return up ? judge(request) : { status: 503 };
  };
  const client = connect(collector, clock, { maxBatchEvents: 10 });
  client.track("a");
  void client.flush();
  await collector.received(1);
  await until(() => clock.timers().length > 0);
  for (let i = 0; i < 200; i++) client.track("a");
  most = 0;
  for (const number of [2, 3, 4]) {
    clock.skip();
    await collector.received(number);
    await until(() => clock.timers()[0] !== 2_000);
  }
  expect([most, collector.requests.length]).toEqual([1, 4]);
  up = true;
  await skipping(clock, client.flush());
  expect(client.stats()).toEqual({ tracked: 201, sent: 201, dropped: 0, pending: 0 });
});

test("an answer to an older request does not shorten the wait that a younger one was told", async () => {
  const release: (() => void)[] = [];
  const client = connect(
    collector,
    clock,
    { maxBatchEvents: 1 },
    {
      transport: {
        pack: async (json) => json,
        post: ({ body }) =>
          new Promise((resolve) => {
            const isFirst = String(body).includes('"seq":1,');
            const text = JSON.stringify({ received_at: "", results: [], accepted: 1 });
            const answer = { kind: "answered" as const, date: null, text };
            release.push(() =>
              resolve(
                isFirst
                  ? { ...answer, status: 202, retryAfter: null }
                  : { ...answer, status: 429, retryAfter: "60" },
              ),
            );
          }),
      },
    },
  );
  for (const name of ["a", "b", "c"]) client.track(name);
  client.track("d");
  clock.advance(0);
  await until(() => release.length === 3);
  release[1]?.();
  await until(() => clock.timers().length > 0);
  release[0]?.();
  await until(() => client.stats().sent === 1);
  expect(clock.timers().every((ms) => ms >= 60_000)).toBe(true);
});

test.each([[413], [400]])("nor does a %i, which is about its own batch", async (status) => {
  const reply = (body: object, status = 202, retryAfter: string | null = null): Reply => ({
    kind: "answered",
    status,
    retryAfter,
    date: null,
    text: JSON.stringify(body),
  });
  const answers: ((reply: Reply) => void)[] = [];
  const post = () => new Promise<Reply>((resolve) => answers.push(resolve));
  const transport = { pack: async (json: string) => json, post };
  const client = connect(collector, clock, {}, { transport });
  for (let n = 0; n < 400; n++) client.track("event");
  clock.advance(0);
  await until(() => answers.length === 3);
  answers[0]?.(reply({}, 429, "60"));
  await until(() => clock.timers().length === 1);
  answers[1]?.(reply({ code: "some_code" }, status));
  await turns();
  clock.advance(59_999);
  await turns();
  expect(answers).toHaveLength(3);
});

describe("the collector's hints", () => {
  const hinting = (hints: object) => (request: Received) => {
    const answer = judge(request);
    return { ...answer, body: { ...(answer.body as object), hints } };
  };

  test("slow the batches down, within bounds, until an answer comes without them", async () => {
    collector.react = hinting({ flush_interval_ms: 30_000 });
    const client = connect(collector, clock);
    client.track("a");
    await client.flush();
    client.track("b");
    expect(clock.timers()).toEqual([15_000]);

    collector.react = hinting({ flush_interval_ms: 1e12 });
    await client.flush();
    client.track("c");
    expect(clock.timers()).toEqual([300_000]);

    collector.react = (request) => judge(request);
    await client.flush();
    client.track("d");
    expect(clock.timers()).toEqual([2_500]);
  });

  test("pause the client by the collector's clock, for a day at most and spread; what waits stays", async () => {
    const in_a_minute = new Date(Date.now() + 60_000).toISOString();
    collector.react = (request) => {
      const received_at = new Date(Date.parse(in_a_minute) - 60_000).toISOString();
      const answer = judge(request);
      return {
        ...answer,
        body: { ...(answer.body as object), received_at, hints: { paused_until: in_a_minute } },
      };
    };
    const client = connect(collector, clock);
    client.track("a");
    await client.flush();
    client.track("b");
    const flushed = client.flush();
    expect(clock.timers()).toEqual([66_000]);
    clock.advance(66_000);
    await flushed;
    collector.react = hinting({ paused_until: "2126-01-01T00:00:00Z" });
    clock.advance(60_000);
    client.track("c");
    await skipping(clock, client.flush());
    client.track("d");
    expect(clock.timers()).toEqual([26.4 * 3_600_000]);
  });

  test("ask for a share of what matters least: the rest is dropped, counted, and told", async () => {
    collector.react = hinting({ sample: 0 });
    const client = connect(collector, clock);
    client.track("a");
    await client.flush();
    client.track("b");
    client.performance({ metric: "fps", value: 60 });
    client.error({ severity: "error", message: "oops" });
    client.progression({ status: "start", level: "1" });
    await client.flush();
    const second = collector.requests[1]?.envelope;
    expect(second?.events.map(({ event_type }) => event_type)).toEqual(["progression"]);
    expect(second?.dropped).toEqual({ sampled: 3 });
  });

  test("that make no sense are not there", async () => {
    collector.react = hinting({ flush_interval_ms: "soon", sample: null, paused_until: "later" });
    const client = connect(collector, clock);
    client.track("a");
    await client.flush();
    client.track("b");
    expect(clock.timers()).toEqual([2_500]);
  });
});

test("drops that the collector could not count are told again", async () => {
  collector.react = (request) => {
    const answer = judge(request);
    return { ...answer, body: { ...(answer.body as object), dropped_counted: false } };
  };
  const client = connect(collector, clock);
  client.track("large", { text: "x".repeat(65_536) });
  client.track("a");
  await client.flush();
  collector.react = (request) => judge(request);
  client.track("b");
  await client.flush();
  client.track("c");
  await client.flush();
  expect(collector.requests.map(({ envelope }) => envelope.dropped)).toEqual([
    { too_large: 1 },
    { too_large: 1 },
    undefined,
  ]);
});
