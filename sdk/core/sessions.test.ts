import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CoreClient } from "./client.ts";
import {
  type Collector,
  connect,
  createTestClock,
  createTestStorage,
  keepIn,
  startCollector,
  type TestClock,
  type TestStorage,
} from "./testing.ts";
import type { ClientOptions } from "./types.ts";

const MINUTE_MS = 60_000;

let collector: Collector;
let clock: TestClock;
let storage: TestStorage;

beforeEach(async () => {
  collector = await startCollector();
  clock = createTestClock();
  storage = createTestStorage();
});

afterEach(() => collector.close());

/** A page of the game. Its clock is the device's: it goes on from page to page. */
function open(options: Partial<ClientOptions> = {}): CoreClient {
  const auto: Partial<ClientOptions> = { sessions: "auto", userId: undefined, ...options };
  return connect(collector, clock, auto, { keep: keepIn(storage) });
}

/** What came in, an event each: its name or type, and its session's number in order of appearance. */
async function seen(client: CoreClient): Promise<string[]> {
  await client.flush();
  const sessions: unknown[] = [];
  return collector.requests.flatMap(({ envelope }) =>
    envelope.events.map((event) => {
      const session = event.session_id ?? envelope.defaults?.session_id;
      if (!sessions.includes(session)) sessions.push(session);
      return `${event.name ?? event.event_type} ${sessions.indexOf(session) + 1}`;
    }),
  );
}

const eventsOf = (type: string) =>
  collector.requests.flatMap(({ envelope }) =>
    envelope.events.filter(({ event_type }) => event_type === type),
  );

describe("automatic sessions", () => {
  test("begin with the client, before its first event, or soon without one", async () => {
    const client = open();
    client.track("first");
    expect(await seen(client)).toEqual(["session_start 1", "first 1"]);
    expect(eventsOf("session_start")[0]).toMatchObject({ session_number: 1 });

    const idle = connect(collector, clock, { sessions: "auto" }, { keep: keepIn(createTestStorage()) });
    clock.advance(0);
    expect(idle.stats().tracked).toBe(1);
  });

  test("go on through events that are never half an hour apart", async () => {
    const client = open();
    for (let n = 1; n <= 3; n++) {
      client.track(`at ${n}`);
      clock.advance(29 * MINUTE_MS);
    }
    expect(await seen(client)).toEqual(["session_start 1", "at 1 1", "at 2 1", "at 3 1"]);
  });

  test("end with their last event after half an hour without one, and the next event begins another", async () => {
    const client = open();
    client.track("first");
    clock.advance(2 * MINUTE_MS);
    client.track("last");
    clock.advance(31 * MINUTE_MS);
    client.track("back");
    expect(await seen(client)).toEqual([
      "session_start 1",
      "first 1",
      "last 1",
      "session_end 1",
      "session_start 2",
      "back 2",
    ]);
    expect(eventsOf("session_end")).toMatchObject([
      { timestamp: "2026-11-21T00:02:00.000Z", duration_seconds: 120 },
    ]);
    expect(eventsOf("session_start").map(({ session_number }) => session_number)).toEqual([1, 2]);
  });

  test("are measured by the wall clock: a device that slept for an hour comes back to another", async () => {
    const client = open();
    client.track("before");
    clock.jump(60 * MINUTE_MS);
    client.comeBack();
    expect(await seen(client)).toEqual(["session_start 1", "before 1", "session_end 1", "session_start 2"]);
  });

  test("go on after a reload, with the same seed and the next number", async () => {
    const first = open();
    first.track("one");
    await first.flush();
    first.leave(true);
    const second = open();
    second.track("two");
    expect(await seen(second)).toEqual(["session_start 1", "one 1", "two 1"]);
    const [before, after] = collector.requests;
    expect(after?.envelope.id_seed).toBe(before?.envelope.id_seed);
    expect(after?.envelope.events[0]?.seq).toBe(3);
  });

  test("never give a number twice: a page that lives on after it was left has a seed of its own", async () => {
    const first = open();
    first.track("one");
    first.leave(true);
    const second = open();
    first.track("from the old page");
    second.track("from the new page");
    await Promise.all([first.flush(), second.flush()]);
    const ids = collector.requests.flatMap(({ ids }) => ids);
    expect(new Set(ids).size).toBe(4);
  });

  test("of a tab beside it are shared, each tab with a seed of its own", async () => {
    const first = open();
    first.track("one");
    await first.flush();
    first.leave(false);
    const second = open();
    second.track("two");
    expect(await seen(second)).toEqual(["session_start 1", "one 1", "two 1"]);
    const seeds = collector.requests.map(({ envelope }) => envelope.id_seed);
    expect(new Set(seeds).size).toBe(2);
  });

  test("stay open while another tab is played", async () => {
    const first = open();
    first.track("one");
    first.leave(false);
    const second = open();
    clock.advance(20 * MINUTE_MS);
    second.track("two");
    second.leave(false);
    clock.advance(20 * MINUTE_MS);
    first.track("three");
    await second.flush();
    expect(await seen(first)).not.toContain("session_end 1");
  });

  test("get the end that they never had at the next start", async () => {
    const first = open();
    first.track("played");
    await first.flush();
    clock.advance(3 * MINUTE_MS);
    first.track("last");
    await first.flush();
    first.leave(true);
    clock.advance(24 * 60 * MINUTE_MS);
    const second = open();
    second.track("next day");
    expect(await seen(second)).toEqual([
      "session_start 1",
      "played 1",
      "last 1",
      "session_end 1",
      "session_start 2",
      "next day 2",
    ]);
    expect(eventsOf("session_end")).toMatchObject([
      { timestamp: "2026-11-21T00:03:00.000Z", duration_seconds: 180 },
    ]);
  });

  test("can be begun and ended by the game as well", async () => {
    const client = open();
    client.session.end();
    client.track("lobby");
    client.session.start();
    client.track("match");
    client.session.end({ duration_seconds: 9 });
    client.track("lobby");
    expect(await seen(client)).toEqual([
      "session_start 1",
      "lobby 1",
      "session_end 1",
      "session_start 2",
      "match 2",
      "session_end 2",
      "session_start 3",
      "lobby 3",
    ]);
    expect(eventsOf("session_end")[1]).toMatchObject({ duration_seconds: 9 });
  });
});

describe("the player", () => {
  const users = () => collector.requests.map(({ envelope }) => envelope.defaults?.user_id);

  test("is a random id that the device keeps, where the game names none", async () => {
    const first = open();
    first.track("a");
    await first.flush();
    first.leave(true);
    const second = open();
    second.track("b");
    await second.flush();
    expect(users()).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), users()[0]]);
  });

  test("is whom the game identified last, from the first event of the next start", async () => {
    const first = open();
    first.identify("player-9");
    first.track("a");
    await first.flush();
    first.leave(true);
    const second = open();
    second.track("b");
    await second.flush();
    expect(users()).toEqual(["player-9", "player-9"]);
  });

  test("who is identified at once has no session of a stranger before", async () => {
    const client = open();
    client.identify("player-9");
    client.track("a");
    expect(await seen(client)).toEqual(["session_start 1", "a 1"]);
  });

  test("that is another has a session of their own; events before stay whose they were", async () => {
    const client = open({ userId: "player-1" });
    client.track("one");
    client.identify("player-2");
    client.track("two");
    expect(await seen(client)).toEqual([
      "session_start 1",
      "one 1",
      "session_end 1",
      "session_start 2",
      "two 2",
    ]);
    expect(users()).toEqual(["player-1", "player-2"]);
  });
});
