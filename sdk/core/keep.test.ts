import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CoreClient } from "./client.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";
import {
  type Collector,
  connect,
  createTestClock,
  createTestStorage,
  eventsOf,
  judge,
  keepIn,
  skipping,
  startCollector,
  type TestClock,
  type TestStorage,
  until,
} from "./testing.ts";
import type { ClientOptions, Drop } from "./types.ts";

let collector: Collector;
let clock: TestClock;
let storage: TestStorage;

beforeEach(async () => {
  collector = await startCollector();
  clock = createTestClock();
  storage = createTestStorage();
});

afterEach(() => collector.close());

function open(options: Partial<ClientOptions> = {}): CoreClient {
  return connect(collector, clock, options, { keep: keepIn(storage) });
}

const kept = () => [...storage.queues.values()].flatMap((text) => decodeSnapshot(text)?.events ?? []);
const names = () =>
  collector.requests.flatMap(({ envelope }) => envelope.events.map(({ name }) => name as string));

describe("what waits is kept", () => {
  test("a quarter of a second after the first event, all at once, and is let go when it has arrived", async () => {
    const client = open();
    for (let i = 0; i < 100; i++) client.track("a");
    expect(kept()).toEqual([]);
    clock.advance(250);
    expect(kept()).toHaveLength(100);
    await client.flush();
    clock.advance(250);
    expect(storage.queues.size).toBe(0);
  });

  test("while it is on its way, too: the answer may never come", async () => {
    collector.react = () => "hang";
    const client = open();
    client.track("a");
    void client.flush();
    await collector.received(1);
    clock.advance(250);
    expect(kept()).toHaveLength(1);
    await Promise.all([
      client.close(10),
      until(() => clock.timers().includes(10)).then(() => clock.advance(10)),
    ]);
    expect(kept()).toHaveLength(1);
  });

  test("and sent by the next start: before newer events, with its own ids, player, version and time", async () => {
    const first = open({ appVersion: "1.0", userId: "player-1", flushIntervalMs: 60_000 });
    first.track("one");
    clock.advance(1_000);
    first.track("two", { hp: 7 });
    clock.advance(250);
    const second = open({ appVersion: "2.0", userId: "player-2" });
    second.track("three");
    await second.flush();

    const [old, young] = collector.requests.map(({ envelope }) => envelope);
    expect(old?.defaults).toMatchObject({
      user_id: "player-1",
      app_version: "1.0",
      timestamp: "2026-11-21T00:00:00.000Z",
    });
    expect(old?.events).toEqual([
      { event_type: "custom", name: "one", seq: 1, offset_ms: 0 },
      { event_type: "custom", name: "two", properties: { hp: 7 }, seq: 2, offset_ms: 1_000 },
    ]);
    expect(young?.events.map(({ name }) => name)).toEqual(["three"]);
    expect(second.stats()).toEqual({ tracked: 3, sent: 3, dropped: 0, pending: 0 });
  });

  test("with the drops that no batch has told yet", async () => {
    const first = open();
    first.track("large", { text: "x".repeat(65_536) });
    clock.advance(250);
    const second = open();
    second.track("a");
    await second.flush();
    expect(collector.requests[0]?.envelope.dropped).toEqual({ too_large: 1 });
  });

  test("unless it is not a queue", async () => {
    storage.queues.set({}, "{half a que");
    const client = open();
    client.track("a");
    await client.flush();
    expect(client.stats()).toEqual({ tracked: 1, sent: 1, dropped: 0, pending: 0 });
  });

  test("of each tab apart: one that dies leaves its own to the next, and nothing is lost or sent twice", async () => {
    const [first, second] = [open({ flushIntervalMs: 60_000 }), open()];
    first.track("first");
    second.track("second");
    clock.advance(250);
    await second.flush();
    clock.advance(250); // `first` dies here
    const third = open();
    await third.flush();
    expect(names()).toEqual(["second", "first"]);
  });
});

test("whatever is written is read again as it was", () => {
  const text = fc.string({ unit: "binary" });
  const event = fc.record({ name: text, seq: fc.nat(), event_id: fc.option(text, { nil: undefined }) });
  const segment = fc.record({
    idSeed: fc.uuid(),
    defaults: fc.dictionary(text, text),
    timeline: fc.record({ base: fc.constant(0), offsetMs: fc.option(fc.integer()) }),
  });
  const stretches = fc.array(fc.tuple(segment, fc.array(event, { minLength: 1, maxLength: 5 })));
  fc.assert(
    fc.property(stretches, fc.dictionary(fc.constantFrom("refused", "closed"), fc.nat()), (plan, dropped) => {
      const events = plan.flatMap(([segment, list]) =>
        list.map((fields) => {
          const line = JSON.stringify({ ...fields, event_type: "custom" });
          const { seq, event_id: ownId } = fields;
          return { segment, seq, ownId, rank: 1, line, bytes: Buffer.byteLength(line) };
        }),
      );
      const pending = events.map((event, order) => ({ ...event, order, at: 0 }));
      const snapshot = encodeSnapshot(pending, dropped);
      if (snapshot === null) expect([events, dropped]).toEqual([[], {}]);
      else expect(decodeSnapshot(snapshot)).toEqual({ events, dropped });
    }),
  );
});

test("a queue that falls to a page while its consent is pending is left where it is", () => {
  collector.react = () => ({ status: 503 });
  const crashed = open();
  crashed.track("a");
  clock.advance(250);
  const late: (() => void)[] = [];
  const keep = keepIn(storage);
  const adopt = (take: (text: string) => boolean) => void late.push(() => keep.adopt(take));
  const client = connect(collector, clock, {}, { keep: { ...keep, adopt } });
  client.consent("pending");
  for (const adoptNow of late) adoptNow();
  expect(client.stats().pending).toBe(0);
  expect(storage.queues.size).toBe(1);
});

test("a client that is closed keeps nothing more, though consent comes late", async () => {
  collector.react = () => ({ status: 503 });
  const client = open();
  client.track("a");
  await skipping(clock, client.close(1_000));
  storage.queues.clear(); // another page has taken it over
  client.consent("granted");
  clock.advance(1_000);
  expect(storage.queues.size).toBe(0);
});

describe("events before it is known whom the device remembers", () => {
  test.each<[string, (client: CoreClient) => void]>([
    ["the game identifies the player", (client) => client.identify("bob")],
    ["the device sleeps", () => clock.jump(60_000)],
  ])("are that player's, in a session that began, though meanwhile %s", async (_, meanwhile) => {
    storage.device = JSON.stringify({ user: "bob", session: null, sessions: 3 });
    const client = open({ sessions: "auto", userId: undefined, consent: "pending" });
    client.track("app_open");
    meanwhile(client);
    client.track("menu");
    client.consent("granted");
    await skipping(clock, client.flush());
    const events = eventsOf(collector);
    const started = events.find(({ event_type }) => event_type === "session_start");
    expect(events.map(({ user_id }) => user_id)).toEqual(["bob", "bob", "bob"]);
    expect(new Set(events.map(({ session_id }) => session_id))).toEqual(new Set([started?.session_id]));
  });
});

test("events before a player is identified for the first time stay a stranger's", async () => {
  const client = open({ sessions: "auto", userId: undefined, consent: "pending" });
  client.track("menu");
  client.identify("bob");
  client.track("as bob");
  client.consent("granted");
  await skipping(clock, client.flush());
  const userOf = (name: string) => eventsOf(collector).find((event) => event.name === name)?.user_id;
  expect([userOf("menu"), userOf("as bob")]).toEqual([expect.not.stringMatching("bob"), "bob"]);
});

describe("consent", () => {
  test("that is pending holds events in memory alone, and sends them once it is granted", async () => {
    const client = open({ consent: "pending", sessions: "auto" });
    client.track("a");
    clock.advance(60_000);
    await client.flush(); // does not wait for what may not be sent
    expect([collector.requests.length, storage.queues.size, storage.device]).toEqual([0, 0, null]);
    expect(client.stats()).toEqual({ tracked: 1, sent: 0, dropped: 0, pending: 1 });

    client.consent("granted");
    await client.flush();
    expect(names()).toContain("a");
    const sessions = collector.requests.map(({ envelope }) => envelope.defaults?.session_id);
    expect(new Set(sessions).size).toBe(1);
  });

  test("that is denied erases what is kept, and drops and counts what waits and what comes", async () => {
    const drops: Drop[] = [];
    const client = open({ sessions: "auto", userId: undefined });
    client.on("drop", (drop) => drops.push(drop));
    client.track("a");
    clock.advance(250);
    expect(storage.device).not.toBeNull();
    client.consent("denied");
    client.track("b");
    clock.advance(60_000);
    await client.flush();
    expect([collector.requests.length, storage.queues.size, storage.device]).toEqual([0, 0, null]);
    expect(drops).toEqual([
      { reason: "denied", count: 2 }, // and the session's start
      { reason: "denied", count: 1 },
    ]);
    expect(client.stats()).toEqual({ tracked: 3, sent: 0, dropped: 3, pending: 0 });
  });

  test("that was denied makes a stranger of the player who grants it later", async () => {
    const client = open({ sessions: "auto", userId: undefined });
    client.track("a");
    await client.flush();
    client.consent("denied");
    client.consent("granted");
    client.track("b");
    await client.flush();
    const defaults = collector.requests.map(({ envelope }) => envelope.defaults);
    expect(defaults[1]?.user_id).not.toBe(defaults[0]?.user_id);
    expect(defaults[1]?.session_id).not.toBe(defaults[0]?.session_id);
    expect(collector.requests[1]?.envelope.id_seed).not.toBe(collector.requests[0]?.envelope.id_seed);
  });

  test("that is taken away during a request does not wait for its answer", async () => {
    collector.react = () => "hang";
    const client = open();
    client.track("a");
    const flushed = client.flush();
    await collector.received(1);
    client.consent("denied");
    await flushed;
    expect(client.stats()).toEqual({ tracked: 1, sent: 0, dropped: 1, pending: 0 });
    collector.react = (request) => judge(request);
    client.consent("granted");
    client.track("b");
    await skipping(clock, client.flush());
    expect(collector.requests[1]?.envelope.dropped).toEqual({ denied: 1 });
  });
});
