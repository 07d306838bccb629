import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { type Collector, eventsOf, judge, startCollector, until } from "../core/testing.ts";
import type { Client } from "../core/types.ts";
import type { EnvelopeEvent } from "../events.ts";
import { type AsyncStorage, createClient, type ReactNativeOptions } from "./index.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** AsyncStorage in memory, as slow as a phone's; `items` is what is on its disk. */
interface TestStorage extends AsyncStorage {
  items: Map<string, string>;
  /** The calls of `setItem` and `removeItem` as they end. */
  writes: string[];
  /** How many run at once, at most. */
  lanes: number;
}

function createStorage(items: Iterable<[string, string]> = []): TestStorage {
  let underWay = 0;
  async function write(what: string, act: () => void): Promise<void> {
    storage.lanes = Math.max(storage.lanes, ++underWay);
    await sleep(5);
    act();
    storage.writes.push(what);
    underWay--;
  }
  const storage: TestStorage = {
    items: new Map(items),
    writes: [],
    lanes: 0,
    async getItem(key) {
      await sleep(5);
      return storage.items.get(key) ?? null;
    },
    setItem: (key, value) => write(`set ${key}`, () => storage.items.set(key, value)),
    removeItem: (key) => write(`remove ${key}`, () => storage.items.delete(key)),
  };
  return storage;
}

/** React Native's `AppState`, and the system that changes it. */
function createAppState() {
  const listeners = new Set<(state: string) => void>();
  return {
    listeners,
    addEventListener(_: "change", listener: (state: string) => void) {
      listeners.add(listener);
      return { remove: () => void listeners.delete(listener) };
    },
    become(state: string) {
      for (const listener of listeners) listener(state);
    },
  };
}

let collector: Collector;
let storage: TestStorage;
let appState: ReturnType<typeof createAppState>;
let clients: Client[];

beforeAll(() => {
  // What Hermes and React Native do not have, or not everywhere.
  for (const name of [
    "CompressionStream",
    "localStorage",
    "sessionStorage",
    "navigator",
    "addEventListener",
    "document",
  ])
    vi.stubGlobal(name, undefined);
  for (const name of ["any", "timeout"] as const)
    vi.spyOn(AbortSignal, name).mockImplementation(() => fail(name));
});

function fail(name: string): never {
  throw new TypeError(`AbortSignal.${name} is not a function`);
}

afterAll(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

beforeEach(async () => {
  collector = await startCollector();
  storage = createStorage();
  appState = createAppState();
  clients = [];
});

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(clients.map((client) => client.close(0)));
  collector.close();
});

/** The app starts. Nothing is sent because it has waited. */
function start(options: Partial<ReactNativeOptions> = {}): Client {
  const client = createClient({
    url: collector.url,
    key: "key-of-a-test",
    platform: "ios",
    appVersion: "1.4.0",
    flushIntervalMs: 3_600_000,
    storage,
    appState,
    ...options,
  });
  clients.push(client);
  return client;
}

/** The app was killed and starts again: what reached the disk is what there is. */
function restart(options: Partial<ReactNativeOptions> = {}): Client {
  storage = createStorage(storage.items);
  appState = createAppState();
  return start(options);
}

/** Lets time pass. */
function pass(minutes: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(now + minutes * 60_000);
}

const received = () => eventsOf(collector);

function named(name: string): EnvelopeEvent {
  const event = received().find((event) => name === (event.name ?? event.event_type));
  if (!event) throw new Error(`${name} has not arrived`);
  return event;
}

function names(): unknown[] {
  return received().map((event) => event.name ?? event.event_type);
}

describe("at the first start", () => {
  test("a player and a session begin, and are kept", async () => {
    const client = start();
    client.track("early");
    await client.flush();
    expect(named("session_start")).toMatchObject({
      platform: "ios",
      app_version: "1.4.0",
      session_number: 1,
    });
    const { user_id, session_id } = named("early");
    expect([user_id, session_id]).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)]);
    expect(named("session_start")).toMatchObject({ user_id, session_id });

    await until(() => storage.items.has("playtrail:device"));
    const device = JSON.parse(storage.items.get("playtrail:device") ?? "");
    expect(device).toMatchObject({ user: user_id, session: { id: session_id }, sessions: 1 });
  });

  test("a request is one that needs nothing but fetch", async () => {
    const client = start();
    for (let i = 0; i < 50; i++) client.track("tick");
    await client.flush();
    const [request] = collector.requests;
    expect(request?.path).toMatch(/^\/v1\/events\?key=key-of-a-test&request_id=[0-9a-f-]{36}&attempt=1$/);
    expect(request?.headers).toMatchObject({ "content-type": "text/plain" });
    expect(request?.headers).not.toHaveProperty("content-encoding");
  });

  test("a player that the game names at once is the player", async () => {
    const client = start();
    client.identify("player-7");
    client.track("early");
    await client.flush();
    expect(received().map(({ user_id }) => user_id)).toEqual(["player-7", "player-7"]);
  });
});

describe("at the next start", () => {
  test("what comes before the storage was read belongs to the player and the session that it has", async () => {
    const client = start();
    client.track("first");
    await client.flush();
    await until(() => storage.items.has("playtrail:device"));

    const again = restart();
    again.track("early");
    await again.flush();
    again.track("later");
    await again.flush();
    const { user_id, session_id } = named("first");
    expect(named("early")).toMatchObject({ user_id, session_id });
    expect(named("later")).toMatchObject({ user_id, session_id });
    expect(names().filter((name) => name === "session_start")).toHaveLength(1);
  });

  test("a session that the game starts at once follows the one before", async () => {
    const client = start();
    client.track("first");
    await client.flush();
    await until(() => storage.items.has("playtrail:device"));
    const again = restart();
    again.session.start();
    again.track("early");
    await again.flush();
    const [{ user_id, session_id }, { session_id: next }] = [named("first"), named("early")];
    expect(next).not.toBe(session_id);
    const ofSessions = received().filter(({ event_type }) => String(event_type).startsWith("session_"));
    expect(ofSessions).toEqual([
      expect.objectContaining({ user_id, session_id, event_type: "session_start", session_number: 1 }),
      expect.objectContaining({ user_id, session_id, event_type: "session_end" }),
      expect.objectContaining({ user_id, session_id: next, event_type: "session_start", session_number: 2 }),
    ]);
    expect(named("early")).toMatchObject({ user_id });
  });

  test("what was not delivered is, first of all and with the same ids", async () => {
    collector.react = () => "hang";
    const client = start({ maxBatchEvents: 2 });
    for (const name of ["a", "b", "c"]) client.track(name);
    await collector.received(1);
    await until(() => storage.items.size === 2);
    const tried = collector.requests.flatMap(({ ids }) => ids);

    collector.requests.length = 0;
    collector.react = (request) => judge(request);
    const again = restart();
    again.track("d");
    expect(again.stats()).toMatchObject({ tracked: 1, pending: 1 });
    await again.flush();
    expect(again.stats()).toEqual({ tracked: 5, sent: 5, dropped: 0, pending: 0 });
    expect(names().slice(0, 4).sort()).toEqual(["a", "b", "c", "session_start"]);
    expect(names()[4]).toBe("d");
    expect(collector.requests.flatMap(({ ids }) => ids)).toEqual(expect.arrayContaining(tried));
    expect(new Set(received().map(({ user_id, session_id }) => `${user_id} ${session_id}`)).size).toBe(1);
    await until(() => !storage.items.has("playtrail:queue"));
  });

  test.each([
    ["half-written", "half of a que"],
    ["a later version's", `{"v":9,"events":[]}`],
  ])("a queue that is %s is told, set aside, and costs nothing else", async (_, text) => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    storage = createStorage([["playtrail:queue", text]]);
    collector.react = () => "hang";
    const client = start({ maxBatchEvents: 1 });
    client.track("a");
    await until(() => !!storage.items.get("playtrail:queue")?.includes('"name":"a"'));
    expect(storage.items.get("playtrail:queue-aside")).toBe(text);
    expect(error.mock.calls).toEqual([
      ["playtrail: playtrail:queue held no queue; it is put into playtrail:queue-aside"],
    ]);
    client.consent("denied");
    await until(() => storage.items.size === 0);
  });
});

describe("when the app goes to the background", () => {
  test("what waits is kept and sent", async () => {
    collector.react = () => "hang";
    const client = start();
    await until(() => storage.items.has("playtrail:device"));
    client.track("a");
    appState.become("background");
    await collector.received(1);
    expect(names()).toEqual(["session_start", "a"]);
    await until(() => !!storage.items.get("playtrail:queue")?.includes('"name":"a"'));
  });

  test("nothing is sent twice, though iOS says inactive first", async () => {
    const client = start();
    await until(() => storage.items.has("playtrail:device"));
    client.track("a");
    appState.become("inactive");
    appState.become("background");
    await client.flush();
    expect(names()).toEqual(["session_start", "a"]);
  });
});

describe("when the app comes back", () => {
  /** The session before and after the app was away. */
  async function away(minutes: number): Promise<{ before: EnvelopeEvent; after: EnvelopeEvent }> {
    const client = start();
    client.track("before");
    await client.flush();
    appState.become("background");
    pass(minutes);
    appState.become("active");
    client.track("after");
    await client.flush();
    return { before: named("before"), after: named("after") };
  }

  test("within 30 minutes its session goes on", async () => {
    const { before, after } = await away(29);
    expect(after.session_id).toBe(before.session_id);
    expect(names().sort()).toEqual(["after", "before", "session_start"]);
  });

  test("later another begins, and the one before ended when it was left", async () => {
    const { before, after } = await away(31);
    expect(after.session_id).not.toBe(before.session_id);
    const end = named("session_end");
    expect(end.session_id).toBe(before.session_id);
    expect(Date.now() - Date.parse(String(end.timestamp))).toBeGreaterThanOrEqual(31 * 60_000 - 1_000);
    expect(received().filter((event) => event.event_type === "session_start")).toEqual([
      expect.objectContaining({ session_id: before.session_id, session_number: 1 }),
      expect.objectContaining({ session_id: after.session_id, session_number: 2 }),
    ]);
  });

  test("what the network refused before is tried at once", async () => {
    collector.react = () => ({ status: 503 });
    const client = start();
    client.track("a");
    const failed = new Promise((resolve) => client.on("error", resolve));
    void client.flush();
    await failed;
    collector.react = (request) => judge(request);
    appState.become("active");
    await client.flush();
    expect(client.stats()).toMatchObject({ sent: 2, pending: 0 });
  });

  test("a closed client hears no more of it", async () => {
    const client = start();
    expect(appState.listeners.size).toBe(1);
    await client.close();
    expect(appState.listeners.size).toBe(0);
  });
});

describe("consent", () => {
  test("pending keeps nothing and sends nothing; granted sends what waited", async () => {
    const client = start({ consent: "pending" });
    client.track("early");
    appState.become("background");
    await client.flush();
    await sleep(50); // a write would be there by now
    expect([collector.requests, storage.writes]).toEqual([[], []]);
    client.consent("granted");
    await client.flush();
    expect(named("early").session_id).toBe(named("session_start").session_id);
  });

  test("denied erases the device and the queue, also those of earlier runs", async () => {
    collector.react = () => "hang";
    start({ maxBatchEvents: 1 }).track("a");
    await until(() => storage.items.size === 2);
    const again = restart({ consent: "denied" });
    again.track("b");
    await until(() => storage.items.size === 0);
    expect(again.stats()).toEqual({ tracked: 1, sent: 0, dropped: 1, pending: 0 });
  });

  test("denied while the storage is read brings nothing of it back", async () => {
    collector.react = () => "hang";
    start({ maxBatchEvents: 1 }).track("a");
    await until(() => storage.items.size === 2);
    const before = JSON.parse(storage.items.get("playtrail:device") ?? "");

    collector.requests.length = 0;
    collector.react = (request) => judge(request);
    const again = restart();
    again.consent("denied");
    await until(() => storage.items.size === 0);
    again.consent("granted");
    again.track("b");
    await again.flush();
    expect(names().sort()).toEqual(["b", "session_start"]);
    expect(named("b").user_id).not.toBe(before.user);
  });
});

describe("a storage that fails", () => {
  const broken = new Error("the disk is broken");

  test("to be read costs no event, and is not written over", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    storage = createStorage([["playtrail:device", "who plays"]]);
    const client = start({ storage: { ...storage, getItem: () => Promise.reject(broken) } });
    client.track("a");
    await client.flush();
    await client.close();
    expect(client.stats()).toEqual({ tracked: 2, sent: 2, dropped: 0, pending: 0 });
    expect(storage.writes).toEqual([]);
    expect(error.mock.calls).toEqual([
      ["playtrail: playtrail:device could not be read", broken],
      ["playtrail: playtrail:queue could not be read", broken],
    ]);
  });

  test.each(["playtrail:device", "playtrail:queue"])(
    "to read %s alone leaves it as it is, and keeps the other",
    async (unread) => {
      const error = vi.spyOn(console, "error").mockImplementation(() => {});
      collector.react = () => "hang";
      start({ maxBatchEvents: 1 }).purchase({
        product_id: "gems",
        product_name: "Gems",
        price: "4.99",
        currency: "EUR",
        store: "app_store",
      });
      await until(() => storage.items.size === 2);
      const before = new Map(storage.items);
      storage = createStorage(before);
      const getItem = (key: string) => (key === unread ? Promise.reject(broken) : storage.getItem(key));
      const client = start({ storage: { ...storage, getItem } });
      client.track("a");
      await client.close(0);
      const other = unread === "playtrail:device" ? "playtrail:queue" : "playtrail:device";
      await until(() => storage.writes.includes(`set ${other}`));
      expect(storage.items.get(unread)).toBe(before.get(unread));
      expect(error.mock.calls).toEqual([[`playtrail: ${unread} could not be read`, broken]]);

      collector.requests.length = 0;
      collector.react = (request) => judge(request);
      await restart().flush();
      expect(named("purchase")).toMatchObject({ product_id: "gems" });
    },
  );

  test("to set a queue aside leaves it where it is", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    storage = createStorage([["playtrail:queue", "a later version's"]]);
    const setItem = (key: string, value: string) =>
      key === "playtrail:queue-aside" ? Promise.reject(broken) : storage.setItem(key, value);
    const client = start({ storage: { ...storage, setItem } });
    client.track("a");
    await client.flush();
    await client.close();
    await until(() => storage.items.has("playtrail:device"));
    expect(storage.items.get("playtrail:queue")).toBe("a later version's");
    expect(error.mock.calls.map(([message]) => message)).toEqual([
      "playtrail: playtrail:queue held no queue; it is put into playtrail:queue-aside",
      "playtrail: playtrail:queue-aside could not be kept",
    ]);
  });

  test.each([
    ["rejects", () => Promise.reject(broken)],
    [
      "throws",
      () => {
        throw broken;
      },
    ],
  ])("to be written (%s) costs no event, and is told once", async (_, write) => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const client = start({ storage: { ...storage, setItem: write, removeItem: write } });
    for (const name of ["a", "b", "c"]) {
      client.track(name);
      await client.flush();
      appState.become("background");
    }
    await client.close();
    expect(client.stats()).toEqual({ tracked: 4, sent: 4, dropped: 0, pending: 0 });
    expect(error.mock.calls).toEqual([[expect.stringMatching(/^playtrail: .+ could not be kept$/), broken]]);
  });

  test("to answer holds up neither the app nor its memory: one write at a time, and only the last of each", async () => {
    const client = start();
    await client.flush();
    for (let n = 1; n <= 20; n++) {
      client.track("tick", { n });
      appState.become("inactive");
    }
    await client.flush();
    await until(() => storage.writes.includes("remove playtrail:queue"));
    expect(storage.lanes).toBe(1);
    expect(storage.writes.length).toBeLessThan(12);
  });
});

describe("createClient", () => {
  test("says which option is wrong", () => {
    expect(() => start({ platform: undefined })).toThrow(
      new TypeError("playtrail: platform must be 1–64 characters"),
    );
    expect(() => start({ storage: undefined })).toThrow(
      new TypeError("playtrail: storage must have getItem, setItem, removeItem"),
    );
    expect(() => start({ appState: undefined })).toThrow(
      new TypeError("playtrail: appState must have addEventListener"),
    );
  });

  test("says what React Native lacks", () => {
    const { crypto } = globalThis;
    vi.stubGlobal("crypto", undefined);
    expect(() => start()).toThrow('import "react-native-get-random-values" first');
    vi.stubGlobal("crypto", crypto);
  });

  test("takes a map of the game's events", () => {
    interface Events {
      paused: undefined;
    }
    expectTypeOf(createClient<Events>).returns.toEqualTypeOf<Client<Events>>();
  });
});
