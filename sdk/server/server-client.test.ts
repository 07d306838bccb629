import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import {
  type Collector,
  connect,
  createTestClock,
  eventsOf,
  judge,
  startCollector,
} from "../core/testing.ts";
import type { ServerClient } from "../core/types.ts";
import { numberedUuid } from "../core/uuid.ts";
import { createClient as createEdgeClient } from "../edge/index.ts";
import type { EnvelopeEvent, Properties, Verdict } from "../events.ts";
import { createClient as createNodeClient } from "../node/index.ts";
import { serverClient } from "./server-client.ts";

let collector: Collector;
let client: ServerClient;

beforeEach(async () => {
  collector = await startCollector();
  client = serverClient(connect(collector, createTestClock(), { userId: undefined, maxBatchEvents: 500 }));
});

afterEach(async () => {
  await client.close();
  collector.close();
  vi.restoreAllMocks();
});

/** The events that the collector has, each with the fields that its envelope adds. */
async function received(): Promise<EnvelopeEvent[]> {
  await client.flush();
  return eventsOf(collector);
}

/** Of each event its player, its session, and what it is. */
async function sessions(): Promise<unknown[][]> {
  return (await received()).map(({ user_id, session_id, event_type, name }) => [
    user_id,
    session_id,
    name ?? event_type,
  ]);
}

describe("forUser", () => {
  test("reports for many players in one batch, each event with an id of its own", async () => {
    for (let n = 1; n <= 200; n++) client.forUser(`player-${n}`).track("tick", { n });
    const events = await received();
    expect(events.map(({ user_id, properties }) => [user_id, properties])).toEqual(
      Array.from({ length: 200 }, (_, index) => [`player-${index + 1}`, { n: index + 1 }]),
    );
    const [request] = collector.requests;
    expect(collector.requests).toHaveLength(1);
    const seed = String(request?.envelope.id_seed);
    expect(request?.ids).toEqual(events.map((_, index) => numberedUuid(seed, index + 1)));
  });

  test("says the ids that the collector derives", async () => {
    const verdicts: Verdict[] = [];
    client.on("verdict", (verdict) => verdicts.push(verdict));
    collector.react = (request) =>
      judge(request, [{ index: 1, event_id: null, status: "rejected", errors: [] }]);
    client.forUser("player-1").track("good");
    client.forUser("player-2").track("bad");
    await client.flush();
    expect(verdicts.map(({ event_id }) => event_id)).toEqual([collector.requests[0]?.ids[1]]);
  });

  test("leaves the client's own player out of it", async () => {
    client.identify("host");
    client.forUser("player-1").track("theirs");
    client.track("own");
    expect((await received()).map(({ user_id, name }) => [user_id, name])).toEqual([
      ["player-1", "theirs"],
      ["host", "own"],
    ]);
  });

  test("takes the session that the player's game says", async () => {
    client.forUser("player-1", "session-of-1").track("a");
    client.forUser("player-2").track("b");
    const [one, two] = await sessions();
    expect(one).toEqual(["player-1", "session-of-1", "a"]);
    expect(two?.[1]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("starts a session for that recorder alone", async () => {
    const one = client.forUser("player-1", "old");
    const two = client.forUser("player-2", "other");
    one.track("before");
    one.session.start();
    one.track("after");
    two.track("after");
    client.track("after");
    one.session.end();
    one.session.start();

    const [, started, after, others, own, ended, again] = await sessions();
    const session = started?.[1];
    expect([started, after, others, ended]).toEqual([
      ["player-1", expect.stringMatching(/^[0-9a-f-]{36}$/), "session_start"],
      ["player-1", session, "after"],
      ["player-2", "other", "after"],
      ["player-1", session, "session_end"],
    ]);
    expect(new Set(["old", "other", session, own?.[1], again?.[1]]).size).toBe(5);
  });

  test("says that the store confirmed a purchase", async () => {
    const product = { product_id: "gems", product_name: "Gems", currency: "EUR", store: "steam" };
    const one = client.forUser("player-1");
    one.purchase({ ...product, price: "4.99", transaction_id: "t-1", verified: true });
    // @ts-expect-error: it is, or is not
    one.purchase({ ...product, price: "4.99", verified: "yes" });
    expect((await received()).map(({ verified }) => verified)).toEqual([true, "yes"]);
  });

  test("says so where the id is none, and throws nothing", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    for (const id of ["", "x".repeat(129), 7 as unknown as string]) client.forUser(id).track("a");
    expect(error.mock.calls).toEqual(Array(3).fill(["playtrail: userId must be 1–128 characters"]));
    expect(await received()).toHaveLength(3);
  });

  test("drops what comes after close(), and counts it", async () => {
    const one = client.forUser("player-1");
    await client.close();
    one.track("late");
    expect(client.stats()).toEqual({ tracked: 1, sent: 0, dropped: 1, pending: 0 });
  });
});

describe("a map of the game's events", () => {
  test("says which names and properties there are, at compile time", async () => {
    const typed: ServerClient<{
      boss_defeated: { boss: string; seconds?: number };
      paused: undefined;
      bought: { item: string } | undefined;
    }> = serverClient(connect(collector, createTestClock()));
    for (const recorder of [typed, typed.forUser("player-1")]) {
      recorder.track("boss_defeated", { boss: "hydra" });
      recorder.track("boss_defeated", { boss: "hydra", seconds: 71 });
      recorder.track("paused");
      recorder.track("bought");
      recorder.track("bought", { item: "sword" });
      // @ts-expect-error: no event has this name
      recorder.track("boss_defaeted", { boss: "hydra" });
      // @ts-expect-error: its boss is missing
      recorder.track("boss_defeated");
      // @ts-expect-error: its boss is missing
      recorder.track("boss_defeated", {});
      // @ts-expect-error: a boss has a name
      recorder.track("boss_defeated", { boss: 7 });
      // @ts-expect-error: it has no such property
      recorder.track("boss_defeated", { boss: "hydra", second: 71 });
      // @ts-expect-error: it has none at all
      recorder.track("paused", { by: "player" });
    }
    await typed.close();
    expect(typed.stats().sent).toBe(22);
  });

  test("is what both createClient() of servers take", () => {
    interface Events {
      paused: undefined;
    }
    expectTypeOf(createNodeClient<Events>).returns.toEqualTypeOf<ServerClient<Events>>();
    expectTypeOf(createEdgeClient<Events>).returns.toEqualTypeOf<ServerClient<Events>>();
    expectTypeOf(createNodeClient<Events>).returns.not.toEqualTypeOf<ServerClient>();
  });

  test("may be of interfaces, and a value undefined where the map says so", async () => {
    interface Boss {
      boss: string;
      seconds?: number;
    }
    const typed: ServerClient<{ boss_defeated: Boss; anything: Properties }> = serverClient(
      connect(collector, createTestClock()),
    );
    const boss: Boss = { boss: "hydra" };
    typed.track("boss_defeated", boss);
    typed.track("boss_defeated", { boss: "hydra", seconds: Math.random() < 2 ? undefined : 71 });
    typed.track("anything", boss);
    typed.track("anything", { seconds: undefined });
    await typed.close();
    expect(typed.stats().sent).toBe(4);
  });

  test("is refused where an event is not flat", () => {
    interface Nested {
      boss: { name: string };
    }
    // @ts-expect-error: properties are flat
    expectTypeOf<ServerClient<{ boss_defeated: Nested }>>();
    // @ts-expect-error: JSON has no dates
    expectTypeOf<ServerClient<{ boss_defeated: { at: Date } }>>();
    // @ts-expect-error: properties are no function
    expectTypeOf<ServerClient<{ boss_defeated: () => void }>>();
    // @ts-expect-error: properties are no text
    expectTypeOf<ServerClient<{ boss_defeated: string }>>();
  });

  test("without one every name may have any properties, but flat ones", async () => {
    client.track("anything");
    client.track("anything", { a: 1, b: "two", c: true, d: null });
    // @ts-expect-error: properties are flat
    client.track("anything", { a: { b: 1 } });
    expect(await received()).toHaveLength(3);
  });
});

describe("properties", () => {
  interface Boss {
    boss: string;
    seconds?: number;
  }
  interface Nested {
    boss: { name: string };
  }
  const boss: Boss = { boss: "hydra" };
  const now = { seconds: Math.random() < 2 ? undefined : 71, boss: "hydra" };
  const purchase = {
    product_id: "gems",
    product_name: "Gems",
    price: "4.99",
    currency: "EUR",
    store: "steam",
  };

  test("are any flat object, also one of an interface, and without what is undefined", async () => {
    for (const recorder of [client, client.forUser("player-1")]) {
      recorder.track("boss_defeated", boss);
      recorder.track("boss_defeated", now);
      recorder.custom({ name: "boss_defeated", properties: boss });
      recorder.custom({ name: "boss_defeated", properties: now });
      recorder.purchase({ ...purchase, properties: boss });
      recorder.purchase({ ...purchase, properties: now });
      recorder.session.start({ properties: boss });
      recorder.session.end({ properties: now });
    }
    await client.flush();
    const given = collector.requests.flatMap(({ envelope }) =>
      envelope.events.map((event) => event.properties),
    );
    expect(given).toEqual(Array(16).fill({ boss: "hydra" }));
  });

  test("are refused at compile time where JSON cannot hold them, or the collector would not take them", () => {
    const typed = (nested: Nested) => {
      // @ts-expect-error: not flat
      client.track("boss_defeated", nested);
      // @ts-expect-error: a function
      client.track("boss_defeated", { boss: () => "hydra" });
      // @ts-expect-error: a Date
      client.track("boss_defeated", { at: new Date() });
      // @ts-expect-error: a BigInt
      client.track("boss_defeated", { coins: 10n });
      // @ts-expect-error: a symbol
      client.track("boss_defeated", { boss: Symbol("hydra") });
      // @ts-expect-error: a function that was not called
      client.track("boss_defeated", () => boss);
      // @ts-expect-error: a list
      client.track("boss_defeated", ["hydra"]);
      // @ts-expect-error: a text
      client.track("boss_defeated", "hydra");
      // @ts-expect-error: no properties are undefined
      client.track("boss_defeated", null);
      // @ts-expect-error: not flat
      client.custom({ name: "boss_defeated", properties: nested });
      // @ts-expect-error: a Date
      client.purchase({ ...purchase, properties: { at: new Date() } });
      // @ts-expect-error: a function
      client.session.start({ properties: { boss: () => "hydra" } });
    };
    expectTypeOf(typed).returns.toBeVoid();
  });
});
