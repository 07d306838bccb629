import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EnvelopeEvent } from "../events.ts";
import type { CoreClient } from "./client.ts";
import {
  type Collector,
  connect,
  createTestClock,
  createTestStorage,
  eventsOf,
  keepIn,
  skipping,
  startCollector,
  type TestClock,
  type TestStorage,
} from "./testing.ts";
import type { ClientOptions } from "./types.ts";

const MINUTE_MS = 60_000;

let collector: Collector;
let clock: TestClock;
let storage: TestStorage;
let tabs: CoreClient[];

beforeEach(async () => {
  collector = await startCollector();
  clock = createTestClock();
  storage = createTestStorage();
  tabs = [];
});

afterEach(() => collector.close());

/** A tab of the game, which all others outlive: none takes over what another keeps. */
function open(options: Partial<ClientOptions> = {}): CoreClient {
  const auto: Partial<ClientOptions> = { sessions: "auto", userId: undefined, ...options };
  const tab = connect(collector, clock, auto, { keep: { ...keepIn(storage), adopt() {} } });
  tabs.push(tab);
  return tab;
}

/** Something happens in a tab, and is kept. */
function play(tab: CoreClient, name: string): void {
  tab.track(name);
  clock.advance(300);
}

/** Two tabs that are played, and share the session of the first. */
function openTwo(): [CoreClient, CoreClient] {
  const a = open();
  play(a, "a");
  const b = open();
  play(b, "b");
  return [a, b];
}

/** All that came, by id, with the fields that the envelopes add. */
async function received(): Promise<Map<string, EnvelopeEvent>> {
  await skipping(clock, Promise.all(tabs.map((tab) => tab.flush())));
  const ids = collector.requests.flatMap((request) => request.ids);
  return new Map(eventsOf(collector).map((event, index) => [ids[index] ?? "", event]));
}

async function ofType(type: string): Promise<EnvelopeEvent[]> {
  return [...(await received()).values()].filter(({ event_type }) => event_type === type);
}

async function sessionOf(name: string): Promise<unknown> {
  return [...(await received()).values()].find((event) => event.name === name)?.session_id;
}

const device = () => JSON.parse(storage.device ?? "{}");

describe("a session that tabs share", () => {
  test("ends once, and the tab that comes back last goes on with the next", async () => {
    const [a, b] = openTwo();
    clock.advance(31 * MINUTE_MS);
    play(a, "a again");
    clock.advance(5 * MINUTE_MS);
    play(b, "b again");
    expect(await ofType("session_end")).toHaveLength(1);
    expect(await ofType("session_start")).toHaveLength(2);
    expect(await sessionOf("b again")).toBe(await sessionOf("a again"));
  });

  test("has one end and one next number, though a browser opens all tabs of yesterday at once", async () => {
    const [startedAt, lastAt] = [clock.wall() - 120 * MINUTE_MS, clock.wall() - 60 * MINUTE_MS];
    const session = { id: "0f8fad5b-d9cb-469f-a165-70867728950e", user: "player-1", startedAt, lastAt };
    storage.device = JSON.stringify({ user: "player-1", sessions: 4, session });
    // Each in a process of its own: none has seen what the others wrote.
    const yesterday = storage.device;
    for (const name of ["a", "b", "c"]) {
      storage.device = yesterday;
      play(open(), name);
    }
    expect(await ofType("session_end")).toMatchObject([{ session_id: session.id }]);
  });

  test("is counted on by whichever tab comes next", async () => {
    const [a, b] = openTwo();
    clock.advance(31 * MINUTE_MS);
    play(a, "a again");
    play(b, "b again");
    clock.advance(31 * MINUTE_MS);
    play(open(), "c");
    expect((await ofType("session_start")).map(({ session_number }) => session_number)).toEqual([1, 2, 3]);
  });

  test("that one of them ends is over for the other", async () => {
    const [a, b] = openTwo();
    const first = device().session.id;
    a.session.start();
    clock.advance(40 * MINUTE_MS);
    play(b, "late");
    const ends = (await ofType("session_end")).map(({ session_id }) => session_id);
    expect(ends.filter((id) => id === first)).toHaveLength(1);
  });

  test("is not wiped by an idle tab that is told again what it knows", () => {
    const [a, b] = openTwo();
    clock.advance(31 * MINUTE_MS);
    play(a, "a again");
    const { id } = device().session;
    b.consent("granted");
    clock.advance(300);
    expect(device().session.id).toBe(id);
  });

  test("is one where both identify the same player", async () => {
    const [a, b] = openTwo();
    for (const tab of [a, b]) {
      tab.identify("bob");
      play(tab, tab === a ? "a as bob" : "b as bob");
    }
    expect(await sessionOf("b as bob")).toBe(await sessionOf("a as bob"));
  });

  test("has one end with its true length, whoever plays in another tab", async () => {
    const a = open();
    play(a, "a");
    const { id } = device().session;
    play(open({ userId: "bob" }), "bob");
    clock.advance(10 * MINUTE_MS);
    play(a, "a goes on");
    clock.advance(31 * MINUTE_MS);
    play(a, "later");
    const ends = (await ofType("session_end")).filter(({ session_id }) => session_id === id);
    expect(ends.map(({ duration_seconds }) => duration_seconds)).toEqual([601]);
  });

  test("is left alone by a tab that was idle since yesterday", async () => {
    const idle = open();
    play(idle, "yesterday");
    clock.advance(24 * 60 * MINUTE_MS);
    play(open(), "today");
    idle.leave(false);
    play(open(), "a third");
    expect(await sessionOf("a third")).toBe(await sessionOf("today"));
    expect((await ofType("session_start")).map(({ session_number }) => session_number)).toEqual([1, 2]);
  });
});

test("a player who is identified in one tab stays so, whatever a stranger does in another", async () => {
  const [a, b] = openTwo();
  a.identify("bob");
  play(a, "as bob");
  play(b, "as a stranger");
  clock.advance(31 * MINUTE_MS);
  play(b, "as a stranger, late");
  expect(device().user).toBe("bob");
});

test("who was forgotten in one tab is not remembered by another", () => {
  const [a, b] = openTwo();
  a.consent("denied");
  play(b, "b again");
  clock.advance(31 * MINUTE_MS);
  play(b, "b, late");
  expect(storage.device).toBeNull();
});
