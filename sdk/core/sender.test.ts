import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Verdict } from "../events.ts";
import {
  type Collector,
  connect,
  createTestClock,
  judge,
  type Reaction,
  type Received,
  skipping,
  startCollector,
  type TestClock,
  until,
} from "./testing.ts";
import type { Client, Drop, SendFailure } from "./types.ts";

let collector: Collector;
let clock: TestClock;
let failures: SendFailure[];
let drops: Drop[];

beforeEach(async () => {
  collector = await startCollector();
  clock = createTestClock();
  failures = [];
  drops = [];
});

afterEach(() => collector.close());

function tracking(count: number, options: Parameters<typeof connect>[2] = {}): Client {
  const client = connect(collector, clock, {
    ...options,
  });
  client.on("error", (failure) => failures.push(failure));
  client.on("drop", (drop) => drops.push(drop));
  for (let i = 0; i < count; i++) client.track(`event ${i + 1}`);
  return client;
}

/** Reacts as listed, then accepts. */
function react(...reactions: (Reaction | ((request: Received) => Reaction))[]): void {
  collector.react = (request) => {
    const next = reactions.shift();
    return typeof next === "function" ? next(request) : (next ?? judge(request));
  };
}

const bytesOf = (request: Received | undefined) => Number(request?.headers["content-length"]);
const seqs = ({ envelope }: Received) => envelope.events.map(({ seq }) => seq);
const delivery = ({ headers }: Received) => [headers["x-request-id"], headers["x-attempt"]];

describe("events that the collector wants again", () => {
  const retry = (index: number): Verdict => ({ index, event_id: "x", status: "retry" });

  test("are sent again, they alone, ahead of newer ones and with the same ids", async () => {
    react((request) => judge(request, [retry(1), retry(3)]));
    const client = tracking(5);
    const flushed = client.flush();
    await collector.received(1);
    client.track("newer");
    await skipping(clock, flushed);

    const [first, second] = collector.requests;
    expect(collector.requests.map(seqs)).toEqual([
      [1, 2, 3, 4, 5],
      [2, 4, 6],
    ]);
    expect(second?.ids.slice(0, 2)).toEqual([first?.ids[1], first?.ids[3]]);
    expect(client.stats()).toEqual({ tracked: 6, sent: 6, dropped: 0, pending: 0 });
  });

  test("wait as long as the collector asks", async () => {
    react((request) => ({ ...judge(request, [retry(0)]), headers: { "Retry-After": "3" } }));
    const client = tracking(2);
    void client.flush();
    await collector.received(1);
    await until(() => clock.timers().length > 0);
    expect(clock.timers()).toEqual([3_300]);
    expect(client.stats()).toEqual({ tracked: 2, sent: 1, dropped: 0, pending: 1 });
  });

  test("begin the backoff anew, for the collector did take the others", async () => {
    react({ status: 503 }, { status: 503 }, (request) => judge(request, [retry(0)]));
    const client = tracking(2);
    void client.flush();
    const waits: number[] = [];
    for (const number of [1, 2, 3]) {
      await collector.received(number);
      await until(() => clock.timers().length > 0);
      waits.push(...clock.timers());
      if (number < 3) clock.advance(20_000);
    }
    expect(waits).toEqual([500, 2_000, 500]);
  });
});

describe("a failure that passes", () => {
  test("resends the same batch as the same request, with a new time, and backs off longer each time", async () => {
    react({ status: 503 }, { status: 429 }, { status: 500 });
    const client = tracking(2);
    const waits: number[] = [];
    const flushed = client.flush();
    for (const number of [1, 2, 3]) {
      await until(() => failures.length === number);
      waits.push(...clock.timers());
      client.track("newer");
      clock.advance(number === 1 ? 20_000 : 40_000);
    }
    await flushed;

    expect(waits).toEqual([500, 2_000, 6_000]); // half of 1 s, then of a fifth of 20 and 60 s: the test's chance is always ½
    const [first, second, third, fourth, fifth] = collector.requests;
    for (const again of [second, third, fourth]) expect(again?.ids).toEqual(first?.ids);
    expect(collector.requests.slice(0, 4).map(delivery)).toEqual(
      ["1", "2", "3", "4"].map((attempt) => [first?.headers["x-request-id"], attempt]),
    );
    expect(collector.requests.slice(0, 4).map(({ envelope }) => envelope.sent_at)).toEqual([
      "2026-11-21T00:00:00.000Z",
      "2026-11-21T00:00:20.000Z",
      "2026-11-21T00:01:00.000Z",
      "2026-11-21T00:01:40.000Z",
    ]);
    expect(fifth).toBeUndefined(); // what came later was not what flush() was asked for
    expect(failures.map(({ status, outcome }) => [status, outcome])).toEqual([
      [503, "retrying"],
      [429, "retrying"],
      [500, "retrying"],
    ]);
    expect(client.stats()).toEqual({ tracked: 5, sent: 2, dropped: 0, pending: 3 });
  });

  test("is not tried again before Retry-After, whatever flush() and track() want", async () => {
    react({ status: 429, headers: { "Retry-After": "7" } });
    const client = tracking(1, { maxBatchEvents: 2 });
    const flushed = client.flush();
    await collector.received(1);
    await until(() => clock.timers().length > 0);
    client.track("more");
    client.track("even more");
    const flushedAgain = client.flush();
    expect(clock.timers()).toEqual([7_700]);
    clock.advance(7_699);
    expect(clock.timers()).toEqual([1]);
    clock.advance(1);
    await Promise.all([flushed, flushedAgain]);
    expect(collector.requests.map(seqs)).toEqual([[1], [1], [2, 3]]);
  });

  test("may be a connection that breaks, or an answer that is lost: the events may be stored, so their ids stay", async () => {
    react("disconnect", { status: 202, body: '{"request_id":"r","accep' });
    const client = tracking(3);
    await skipping(clock, client.flush());
    expect(collector.requests.map(({ ids }) => ids)).toEqual(Array(3).fill(collector.requests[0]?.ids));
    expect(failures).toEqual([
      {
        status: null,
        message: expect.stringContaining("/v1/events"),
        event_ids: collector.requests[0]?.ids,
        outcome: "retrying",
      },
      {
        status: 202,
        message: "not a collector's answer",
        event_ids: collector.requests[0]?.ids,
        outcome: "retrying",
      },
    ]);
    expect(client.stats()).toEqual({ tracked: 3, sent: 3, dropped: 0, pending: 0 });
  });

  test("may be a collector that never answers: the attempt ends after 5 s, and what its body takes on a slow uplink", async () => {
    react("hang");
    const deadlines = createTestClock();
    const client = connect(collector, clock, {}, { deadlines });
    client.on("error", (failure) => failures.push(failure));
    client.track("a");
    const flushed = client.flush();
    await collector.received(1);
    expect(deadlines.timers()).toEqual([5_000 + bytesOf(collector.requests[0]) / 16]);
    deadlines.advance(6_000);
    await skipping(clock, flushed);
    expect(failures).toMatchObject([{ message: expect.stringContaining("timeout"), outcome: "retrying" }]);
    expect(client.stats()).toEqual({ tracked: 1, sent: 1, dropped: 0, pending: 0 });
    expect(deadlines.timers()).toEqual([]);
  });

  test("may be a page that something on the way put in the answer's place", async () => {
    react({ status: 200, body: "<html>" }, { status: 302, headers: { Location: "/login" } });
    const client = tracking(1);
    await skipping(clock, client.flush());
    expect(failures.map(({ status }) => status)).toEqual([200, 302]);
    expect(client.stats()).toEqual({ tracked: 1, sent: 1, dropped: 0, pending: 0 });
  });

  test("sends a batch's drop counts again with it, and newer ones with the next: whichever attempt arrives, none counts twice", async () => {
    react({ status: 503 });
    const client = tracking(0);
    client.track("large", { text: "x".repeat(65_536) });
    client.track("a");
    const flushed = client.flush();
    await collector.received(1);
    client.track("large", { text: "x".repeat(65_536) });
    await skipping(clock, flushed);
    client.track("b");
    await skipping(clock, client.flush());
    expect(collector.requests.map(({ envelope }) => envelope.dropped)).toEqual([
      { too_large: 1 },
      { too_large: 1 },
      { too_large: 1 },
    ]);
  });
});

describe("a batch that is too large", () => {
  test("is halved until it fits, and batches grow again after", async () => {
    collector.react = (request) => (request.ids.length > 3 ? { status: 413 } : judge(request));
    const client = tracking(40, { maxBatchEvents: 8 });
    await client.flush();
    const sizes = collector.requests.map(({ ids }) => ids.length);
    expect(sizes[0]).toBe(8);
    expect(sizes.slice(sizes.indexOf(2))).toContain(4);
    const taken = collector.requests.filter(({ ids }) => ids.length <= 3).flatMap(seqs);
    expect(taken.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    expect(client.stats()).toEqual({ tracked: 40, sent: 40, dropped: 0, pending: 0 });
  });

  test("meets a bound on the way seldom, once that is known", async () => {
    collector.react = (request) => (request.envelope.events.length > 30 ? { status: 413 } : judge(request));
    const client = tracking(3_000);
    await skipping(clock, client.flush());
    const refused = collector.requests.filter(({ envelope }) => envelope.events.length > 30);
    expect(refused.length).toBeLessThan(collector.requests.length / 4);
    expect(client.stats()).toMatchObject({ sent: 3_000, dropped: 0 });
  });

  test("is dropped where it is a single event", async () => {
    collector.react = (request) => (seqs(request).includes(2) ? { status: 413 } : judge(request));
    const client = tracking(3);
    await client.flush();
    expect(drops).toEqual([{ reason: "too_large", count: 1 }]);
    expect(failures).toEqual([
      { status: 413, message: "HTTP 413", event_ids: [expect.any(String)], outcome: "dropped" },
    ]);
    expect(client.stats()).toEqual({ tracked: 3, sent: 2, dropped: 1, pending: 0 });
  });
});

test.each([[400], [415]])(
  "a batch refused with %i is dropped and told; the next one is sent",
  async (status) => {
    react({ status, body: { title: "Unreadable", code: "invalid_json", detail: "Line 1 is no JSON." } });
    const client = tracking(2);
    await client.flush();
    client.track("next");
    await client.flush();
    expect(drops).toEqual([{ reason: "refused", count: 2 }]);
    expect(failures).toEqual([
      { status, message: "Line 1 is no JSON.", event_ids: collector.requests[0]?.ids, outcome: "dropped" },
    ]);
    expect(collector.requests[1]?.envelope.dropped).toEqual({ refused: 2 });
    expect(client.stats()).toEqual({ tracked: 3, sent: 1, dropped: 2, pending: 0 });
  },
);

test.each([[401], [403]])(
  "%i stops the client: nothing more is sent, and nothing is dropped",
  async (status) => {
    react({ status, body: { title: "No valid key", code: "invalid_key" } });
    const client = tracking(2);
    await client.flush();
    client.track("next");
    await client.flush();
    expect(failures).toEqual([
      { status, message: "No valid key", event_ids: collector.requests[0]?.ids, outcome: "stopped" },
    ]);
    expect(collector.requests).toHaveLength(1);
    expect(clock.timers()).toEqual([]);
    expect(await client.close()).toEqual({ sent: 0, dropped: 0, pending: 3 });
  },
);
