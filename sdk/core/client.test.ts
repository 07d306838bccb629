import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Verdict } from "../events.ts";
import { createClient } from "../node/index.ts";
import { serverClient } from "../server/server-client.ts";
import {
  type Collector,
  connect,
  createTestClock,
  judge,
  skipping,
  startCollector,
  type TestClock,
} from "./testing.ts";
import type { ClientOptions, Drop } from "./types.ts";

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let collector: Collector;
let clock: TestClock;

beforeEach(async () => {
  collector = await startCollector();
  clock = createTestClock();
});

afterEach(() => {
  collector.close();
  vi.unstubAllGlobals();
});

describe("on the wire", () => {
  test("a batch is one compact envelope", async () => {
    const client = connect(collector, clock);
    client.install({ source: "organic" });
    clock.advance(1_500);
    client.purchase({
      product_id: "gems",
      product_name: "Gems",
      price: "4.99",
      currency: "EUR",
      store: "steam",
    });
    client.track("boss_seen", { boss: "hydra", tries: 3 });
    clock.advance(100);
    await client.flush();

    const [request] = collector.requests;
    expect(request).toEqual({
      method: "POST",
      path: "/v1/events",
      headers: expect.objectContaining({
        authorization: "Bearer key-of-a-test",
        "content-type": "application/json",
        "x-request-id": expect.stringMatching(UUID_V4),
        "x-attempt": "1",
      }),
      envelope: {
        id_seed: expect.stringMatching(UUID_V4),
        sent_at: "2026-11-21T00:00:01.600Z",
        defaults: {
          user_id: "player-7",
          session_id: expect.stringMatching(UUID_V4),
          platform: "web",
          app_version: "1.4.0",
          timestamp: "2026-11-21T00:00:00.000Z",
        },
        events: [
          { event_type: "install", seq: 1, offset_ms: 0, source: "organic" },
          {
            event_type: "purchase",
            seq: 2,
            offset_ms: 1_500,
            product_id: "gems",
            product_name: "Gems",
            price: "4.99",
            currency: "EUR",
            store: "steam",
          },
          {
            event_type: "custom",
            seq: 3,
            offset_ms: 1_500,
            name: "boss_seen",
            properties: { boss: "hydra", tries: 3 },
          },
        ],
      },
      ids: expect.anything(),
    });
  });

  test("each method sends its own type, with the shared fields that it is given", async () => {
    const client = connect(collector, clock);
    client.progression({ status: "start", level: "w1/l1", country: "JP" });
    client.resource({ flow: "sink", resource: "gold", amount: 5, user_id: "player-8" });
    client.ad({ action: "shown", ad_type: "banner", timestamp: "2026-11-20T23:00:00Z" });
    client.performance({ metric: "fps", value: Number.NaN });
    client.error({ severity: "error", message: "oops" });
    client.custom({ name: "n", value: 2, event_id: "0f8fad5b-d9cb-469f-a165-70867728950e" });
    await client.flush();

    expect(collector.requests[0]?.envelope.events).toEqual([
      { event_type: "progression", seq: 1, offset_ms: 0, status: "start", level: "w1/l1", country: "JP" },
      {
        event_type: "resource",
        seq: 2,
        offset_ms: 0,
        flow: "sink",
        resource: "gold",
        amount: 5,
        user_id: "player-8",
      },
      { event_type: "ad", seq: 3, action: "shown", ad_type: "banner", timestamp: "2026-11-20T23:00:00Z" },
      { event_type: "performance", seq: 4, offset_ms: 0, metric: "fps", value: null },
      { event_type: "error", seq: 5, offset_ms: 0, severity: "error", message: "oops" },
      {
        event_type: "custom",
        seq: 6,
        offset_ms: 0,
        name: "n",
        value: 2,
        event_id: "0f8fad5b-d9cb-469f-a165-70867728950e",
      },
    ]);
  });

  test("a large body is gzipped, a small one is not", async () => {
    const client = connect(collector, clock);
    client.track("small");
    await client.flush();
    client.track("large", { text: "a".repeat(1_024) });
    await client.flush();
    const [small, large] = collector.requests;
    expect(small?.headers["content-encoding"]).toBeUndefined();
    expect(large?.headers["content-encoding"]).toBe("gzip");
    expect(large?.envelope.events[0]?.properties).toEqual({ text: "a".repeat(1_024) });
  });

  test("each session is a batch of its own", async () => {
    const client = connect(collector, clock);
    client.track("before");
    client.session.start({ session_number: 4 });
    client.track("during");
    client.session.end({ duration_seconds: 60 });
    await client.flush();

    const sent = collector.requests.map(({ envelope }) =>
      envelope.events.map((event) => event.name ?? event.event_type),
    );
    expect(sent).toEqual([["before"], ["session_start", "during", "session_end"]]);
    const sessions = collector.requests.map(({ envelope }) => envelope.defaults?.session_id);
    expect(new Set(sessions).size).toBe(2);
  });
});

describe("a batch is sent", () => {
  test("when its first event has waited for the flush interval, or its last for half of that", async () => {
    const client = connect(collector, clock, { flushIntervalMs: 2_000 });
    for (const name of ["a", "b", "c"]) {
      client.track(name);
      clock.advance(800);
    }
    expect((await collector.received(1)).envelope.events).toHaveLength(3);
    await client.flush();
    client.track("d");
    expect(clock.timers()).toEqual([1_000]);
    clock.advance(1_000);
    expect((await collector.received(2)).envelope.events).toHaveLength(1);
  });

  test("when it has as many events as a batch may have", async () => {
    const client = connect(collector, clock, { maxBatchEvents: 3 });
    for (let i = 0; i < 7; i++) client.track("a");
    expect(clock.timers()).toEqual([0]); // not within the game's own task
    clock.advance(0);
    const sizes = [await collector.received(1), await collector.received(2)].map(({ ids }) => ids.length);
    expect(sizes).toEqual([3, 3]);
    await vi.waitFor(() => expect(client.stats()).toEqual({ tracked: 7, sent: 6, dropped: 0, pending: 1 }));
    expect(clock.timers()).toEqual([2_500]);
  });

  test("when it has 256 KiB, which it does not exceed", async () => {
    const client = connect(collector, clock);
    for (let i = 0; i < 9; i++) client.track("big", { text: "x".repeat(60_000) });
    await client.flush();
    expect(collector.requests.map(({ ids }) => ids.length)).toEqual([4, 4, 1]);
  });

  test("beside at most two others, and only while full batches wait", async () => {
    let underWay = 0;
    let most = 0;
    const fetch = globalThis.fetch;
    vi.stubGlobal("fetch", async (...request: Parameters<typeof fetch>) => {
      most = Math.max(most, ++underWay);
      return fetch(...request).finally(() => underWay--);
    });
    const client = connect(collector, clock, { maxBatchEvents: 2 });
    for (let i = 0; i < 20; i++) client.track("a");
    await Promise.all([client.flush(), client.flush()]);
    expect([collector.requests.length, most]).toEqual([10, 3]);

    most = 0;
    client.track("first");
    const flushed = client.flush();
    client.track("second");
    await Promise.all([flushed, client.flush()]);
    expect([collector.requests.length, most]).toEqual([12, 1]);
  });
});

function fail(): never {
  throw new Error("a mistake of the game's");
}

describe("never harms the game", () => {
  test("what the game changes after the call is not sent", async () => {
    const client = connect(collector, clock);
    const properties = { hp: 10 };
    client.track("hit", properties);
    properties.hp = 0;
    await client.flush();
    expect(collector.requests[0]?.envelope.events[0]?.properties).toEqual({ hp: 10 });
  });

  test("what cannot be sent is dropped, counted, told, and reported with the next batch", async () => {
    const drops: Drop[] = [];
    const client = connect(collector, clock, {});
    client.on("drop", (drop) => drops.push(drop));
    // @ts-expect-error -- a BigInt is no property; JavaScript lets it through
    client.track("bigint", { coins: 10n });
    client.track("large", { text: "x".repeat(65_536) });
    client.track("good");
    await client.flush();
    client.track("later");
    await client.flush();

    const counts = [
      { reason: "unserializable", count: 1 },
      { reason: "too_large", count: 1 },
    ];
    expect(drops).toEqual(counts);
    expect(collector.requests.map(({ envelope }) => envelope.dropped)).toEqual([
      { unserializable: 1, too_large: 1 },
      undefined,
    ]);
    // The gap in the numbers shows the loss as well.
    expect(collector.requests[0]?.envelope.events.map(({ seq }) => seq)).toEqual([3]);
    expect(client.stats()).toEqual({ tracked: 4, sent: 2, dropped: 2, pending: 0 });
  });

  test("the queue is bounded: what matters least gives way, and a purchase stays", async () => {
    const drops: Drop[] = [];
    const client = connect(collector, clock, { maxQueueBytes: 2_000 });
    client.on("drop", (drop) => drops.push(drop));
    client.purchase({ product_id: "p", product_name: "P", price: "4.99", currency: "EUR", store: "steam" });
    for (let i = 0; i < 20; i++) client.track("a", { text: "x".repeat(32) });
    for (let i = 0; i < 20; i++) client.performance({ metric: "fps", value: i });
    const { pending, dropped } = client.stats();
    await client.flush();

    const sent = collector.requests.flatMap(({ envelope }) => envelope.events);
    expect(sent.map(({ event_type }) => event_type)).toEqual([
      "purchase",
      ...Array(pending - 1).fill("custom"),
    ]);
    // Of the least, the oldest went first.
    expect(sent.at(-1)?.seq).toBe(21);
    expect(drops.every(({ reason }) => reason === "queue_full")).toBe(true);
    expect(drops.reduce((sum, { count }) => sum + count, 0)).toBe(dropped);
    expect(collector.requests[0]?.envelope.dropped).toEqual({ queue_full: dropped });
  });

  test("a getter that throws, whichever method it is given to", async () => {
    const broken = Object.defineProperty({}, "level", { enumerable: true, get: fail });
    const client = connect(collector, createTestClock(), { sessions: "auto" });
    const player = serverClient(client).forUser("player-8");
    client.progression(broken as never);
    client.session.start(broken);
    client.session.end(broken);
    player.progression(broken as never);
    player.session.start(broken);
    expect(client.stats()).toMatchObject({ tracked: 8, dropped: 5 });
  });

  test("a listener that listens anew whenever it is called", () => {
    const client = connect(collector, clock);
    let calls = 0;
    let stop = () => {};
    const listen = () => {
      stop();
      stop = client.on("drop", () => {
        calls += 1;
        listen();
      });
    };
    listen();
    client.track("too large", { text: "x".repeat(70_000) });
    expect(calls).toBe(1);
  });

  test("a listener that stops another one", () => {
    const client = connect(collector, clock);
    const heard: string[] = [];
    const stops: (() => void)[] = [];
    client.on("drop", () => {
      heard.push("first");
      for (const stop of stops) stop();
    });
    stops.push(client.on("drop", () => heard.push("second")));
    client.track("too large", { text: "x".repeat(70_000) });
    expect(heard).toEqual(["first"]);
  });

  test("consent that is no such word", () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const client = connect(collector, clock);
    client.consent(true as unknown as "granted");
    expect(error.mock.calls).toEqual([["playtrail: consent must be granted or pending or denied"]]);
    client.consent("denied");
    client.track("a");
    expect(client.stats()).toMatchObject({ dropped: 1 });
  });

  test("callbacks that throw, reject, or report events themselves", async () => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    let fails = 2;
    collector.react = (request) => {
      if (fails-- > 0) return { status: 503 };
      return judge(request, [{ index: 0, event_id: null, status: "rejected", errors: [] }]);
    };
    const client = connect(collector, clock);
    client.on("verdict", () => Promise.reject(new Error("verdict")));
    client.on("error", () => {
      throw new Error("error");
    });
    client.on("drop", () => client.track("dropped", { text: "x".repeat(65_536) }));
    client.track("large", { text: "x".repeat(65_536) });
    client.track("a");
    client.track("b");
    await skipping(clock, client.flush());
    expect(client.stats()).toEqual({ tracked: 4, sent: 2, dropped: 2, pending: 0 });
    await vi.waitFor(() => expect(errors).toHaveBeenCalledTimes(3));
    errors.mockRestore();
  });
});

test("verdicts are told with the event's id, though the collector may not name it", async () => {
  const verdicts: Verdict[] = [];
  const listed: Verdict[] = [
    {
      index: 1,
      event_id: null,
      status: "rejected",
      errors: [{ path: "name", code: "required", message: "…" }],
    },
    { index: 2, event_id: "from-the-collector", status: "duplicate" },
  ];
  collector.react = (request) => judge(request, listed);
  const client = connect(collector, clock, {});
  client.on("verdict", (verdict) => verdicts.push(verdict));
  for (const name of ["a", "b", "c"]) client.track(name);
  await client.flush();
  expect(verdicts).toEqual([{ ...listed[0], event_id: collector.requests[0]?.ids[1] }, listed[1]]);
});

test.each<[string, Partial<Record<keyof ClientOptions, unknown>>]>([
  ["url", { url: "events.example.com" }],
  ["key", { key: "two words" }],
  ["platform", { platform: "" }],
  ["appVersion", { appVersion: 14 }],
  ["userId", { userId: "" }],
  ["flushIntervalMs", { flushIntervalMs: Number.NaN }],
  ["maxBatchEvents", { maxBatchEvents: 501 }],
  ["maxQueueBytes", { maxQueueBytes: 0 }],
])("createClient names a wrong %s", (name, wrong) => {
  const good: ClientOptions = {
    url: "https://example.com",
    key: "k",
    platform: "web",
    appVersion: "1",
    userId: "u",
  };
  expect(() => createClient({ ...good, ...wrong } as ClientOptions)).toThrow(`playtrail: ${name} must be`);
});

test("50,000 events tracked in one task all arrive", async () => {
  const { url } = collector;
  const client = createClient({ url, key: "k", platform: "web", appVersion: "1", userId: "u" });
  for (let i = 0; i < 50_000; i++) client.track("tick", { i });
  await client.flush();
  expect(client.stats()).toEqual({ tracked: 50_000, sent: 50_000, dropped: 0, pending: 0 });
  expect(new Set(collector.requests.flatMap(({ ids }) => ids)).size).toBe(50_000);
  await client.close();
}, 20_000);
