import {
  createExecutionContext,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { app } from "../app.ts";
import { signClaims } from "../auth/keys.ts";
import { requireConfig } from "../config.ts";
import { keyOf } from "../events/filter.ts";
import { parcelOf } from "../queue/parcel.ts";
import { registryOf } from "../queue/registry.ts";
import { queueFor, queueNamed } from "../queue/shards.ts";
import { ENDING, events, NO_COUNTS } from "../testing/queue.ts";
import { anEvent, aPurchase, call, GAME, key, post } from "../testing/requests.ts";
import { askForTail, openTail } from "../testing/tails.ts";
import type { Showing } from "./gathering.ts";
import {
  FRAME_EVERY_MS,
  GATHER_MS,
  GATHER_MS_PER_CALL,
  MAX_SOCKETS,
  SILENCE_MS,
  WINDOW_FRAMES,
} from "./limits.ts";
import type { Session } from "./session.ts";
import { tailOf } from "./tail-of.ts";

let games = 0;

/** A game that no other test plays. */
const newGame = () => `tailed_game_${++games}`;

const named = (name: string, fields: Record<string, unknown> = {}) => anEvent({ name, ...fields });

/** Keys that were minted with the game's admin key, so that they can be revoked. */
async function mint(game: string, role: "read") {
  const body = JSON.stringify({ role });
  const headers = {
    Authorization: `Bearer ${await key("admin", game)}`,
    "Content-Type": "application/json",
  };
  const response = await call("POST", `/v1/games/${game}/keys`, { headers, body });
  return (await response.json()) as { id: string; key: string };
}

const revoke = (game: string, id: string) =>
  call("DELETE", `/v1/games/${game}/keys/${id}`, { role: "admin", game });

/** What the game's queue says to a parcel: whether somebody watches. */
async function watchedBy(game: string) {
  const parcel = parcelOf(events([1]), ENDING, NO_COUNTS);
  const [reception] = await queueNamed(env, queueFor(game)).append([parcel]);
  return reception?.kind === "taken" ? reception.watched : undefined;
}

/** The bytes of the frames that each client has not acknowledged, as far as the tail knows. */
const owedIn = (game: string) =>
  runInDurableObject(tailOf(env, game), (_, state) =>
    state.getWebSockets().map((socket) => (socket.deserializeAttachment() as Session).owed),
  );

/** One event to be shown, without the Worker. */
const showing = (name: string): Showing => {
  const json = JSON.stringify({ at: "", status: "accepted", event: { name } });
  return {
    items: [{ user: "ada", type: "custom", status: "accepted", json, bytes: json.length }],
    skipped: new Map([[keyOf({}), 0]]),
  };
};

afterEach(() => vi.restoreAllMocks());

describe("a tail", () => {
  it("shows each event with its verdict, as it arrives", async () => {
    const game = newGame();
    const tail = await openTail(game);
    const odd = named("odd", { platform: "toaster" });
    const unpriced = aPurchase({ price: "free" });
    const response = await post([named("plain"), odd, odd, unpriced, 7], { game });
    const { received_at: at } = (await response.json()) as { received_at: string };
    await tail.until(({ items }) => items.length === 5);

    const sent = { client_timestamp: odd.timestamp, schema_version: "1.0", game_id: game };
    const warnings = [{ path: "platform", code: "unknown_value", message: expect.any(String) }];
    expect(tail.frames).toEqual([
      {
        n: 1,
        items: [
          { at, status: "accepted", event: expect.objectContaining({ name: "plain" }) },
          { at, status: "accepted", event: { ...odd, ...sent }, warnings },
          { at, status: "duplicate", event: { ...odd, ...sent } },
          {
            at,
            status: "rejected",
            event: unpriced,
            errors: [{ path: "price", code: "invalid_decimal", message: expect.any(String) }],
          },
          {
            at,
            status: "rejected",
            event: 7,
            errors: [{ path: "", code: "invalid_type", message: "an event must be a JSON object" }],
          },
        ],
      },
    ]);
  });

  it("shows a rejected event that is too long as the text that was kept of it", async () => {
    const game = newGame();
    const tail = await openTail(game);
    await post([named("x".repeat(9_000))], { game });
    await tail.until(({ items }) => items.length === 1);
    expect(tail.items[0]?.event).toMatch(/^\{"event_id":.*"name":"x{7000}/);
  });

  it("shows only what passes all of its filter", async () => {
    const game = newGame();
    const ada = await openTail(game, { query: "?user=ada&type=custom&status=accepted" });
    const all = await openTail(game, { query: "?user=&type=&status=" });
    const hers = { user_id: "ada" };
    await post([named("hers", hers), named("his"), aPurchase(hers), named("", hers)], { game });
    await all.until(({ items }) => items.length === 4);
    await ada.until(({ items }) => items.length > 0);
    expect(ada.names).toEqual(["hers"]);
  });

  it("shows what another filter asks for, once that was said", async () => {
    const game = newGame();
    const tail = await openTail(game, { query: "?type=purchase" });
    await watchedBy(game);
    tail.say({ filter: { status: "rejected" } });
    await vi.waitFor(async () => expect((await watchedBy(game))?.filters).toEqual([{ status: "rejected" }]));
    await post([aPurchase(), {}], { game });
    await tail.until(({ items }) => items.length > 0);
    expect(tail.items.map(({ status }) => status)).toEqual(["rejected"]);
  });

  it("shows what a narrow filter asks for among more than anybody could read", async () => {
    const game = newGame();
    const all = await openTail(game);
    const ada = await openTail(game, { query: "?user=ada" });
    const crowd = Array.from({ length: 499 }, () => named("crowd"));
    // The game's first event makes its queue, which learns then that somebody watches, and from the tail what they ask for.
    await post([named("first")], { game });
    await vi.waitFor(async () => expect((await watchedBy(game))?.filters).toHaveLength(2));
    await post([...crowd, named("hers", { user_id: "ada" })], { game });
    await ada.until(({ items }) => items.length > 0);
    expect([ada.names, ada.skipped]).toEqual([["hers"], 0]);
    await all.until(({ items, skipped }) => items.length + skipped === 501);
    expect(all.items.length).toBeLessThan(100);
  });

  it("goes on after it has slept, and after its game's queue has", async () => {
    const game = newGame();
    const tail = await openTail(game, { query: "?user=ada" });
    await post([named("before", { user_id: "ada" })], { game });
    await tail.until(({ items }) => items.length === 1);
    await evictDurableObject(tailOf(env, game));
    await evictDurableObject(queueNamed(env, queueFor(game)));
    await post([named("after", { user_id: "ada" }), named("another")], { game });
    await tail.until(({ items }) => items.length === 2);
    expect(tail.frames.map(({ n, items }) => [n, items[0]?.event.name])).toEqual([
      [1, "before"],
      [2, "after"],
    ]);
  });

  it("shows nothing of an erased player", async () => {
    const game = newGame();
    const tail = await openTail(game);
    await post([named("others")], { game });
    const response = await call("DELETE", `/v1/games/${game}/users/ada`, { role: "admin", game });
    expect(response.status).toBe(200);
    const hers = { user_id: "ada" };
    const again = named("hers", hers);
    await post([again, again, aPurchase({ ...hers, price: "free" }), named("last")], { game });
    await tail.until(({ names }) => names.includes("last"));
    expect(tail.names).toEqual(["others", "last"]);
  });

  it("answers a ping while it sleeps", async () => {
    const game = newGame();
    const tail = await openTail(game);
    await evictDurableObject(tailOf(env, game));
    tail.say("ping");
    await tail.until(({ pongs }) => pongs === 1);
  });

  it.each([["nonsense"], ['{"ack":1}'], ['{"ack":-1}'], ['{"filter":{"who":"ada"}}'], ["x".repeat(5_000)]])(
    "is closed to a client that says %.30s",
    async (message) => {
      const tail = await openTail(newGame());
      tail.say(message);
      await tail.until(({ closed }) => closed !== undefined);
      expect(tail.closed?.code).toBe(1008);
    },
  );
});

describe("a tail is opened", () => {
  const statusOf = async ({ status, webSocket, headers }: Response) => {
    webSocket?.accept();
    webSocket?.close();
    return [status, headers.get("Sec-WebSocket-Protocol")];
  };
  const protocols = async (role: "read" | "write") => ({
    Authorization: "",
    "Sec-WebSocket-Protocol": `playtrail.tail, bearer.${await key(role, GAME)}`,
  });
  const codeOf = async (response: Response) => [
    response.status,
    ((await response.json()) as { code: string }).code,
  ];

  it("with a key as a header, or as a protocol", async () => {
    expect(await statusOf(await askForTail(GAME))).toEqual([101, null]);
    expect(await statusOf(await askForTail(GAME, "", await protocols("read")))).toEqual([
      101,
      "playtrail.tail",
    ]);
  });

  it("under the name of its request, as every answer is", async () => {
    const headers = { Authorization: `Bearer ${await key("read", GAME)}`, "X-Request-Id": "watching-1" };
    const answer = await askForTail(GAME, "", headers);
    expect([answer.status, answer.headers.get("X-Request-Id")]).toEqual([101, "watching-1"]);
    answer.webSocket?.accept();
    answer.webSocket?.close();
  });

  it("by nobody without a key of its game that may read", async () => {
    const bearer = async (...of: Parameters<typeof key>) => ({ Authorization: `Bearer ${await key(...of)}` });
    const none = { Authorization: "" };
    const query = `?key=${await key("read", GAME)}`;
    expect(await codeOf(await askForTail(GAME, "", none))).toEqual([401, "invalid_key"]);
    expect(await codeOf(await askForTail(GAME, query, none))).toEqual([401, "invalid_key"]);
    expect(await codeOf(await askForTail(GAME, "", await bearer("write")))).toEqual([403, "wrong_role"]);
    expect(await codeOf(await askForTail(GAME, "", await protocols("write")))).toEqual([403, "wrong_role"]);
    expect(await codeOf(await askForTail(GAME, "", await bearer("admin", "other")))).toEqual([
      403,
      "wrong_game",
    ]);
  });

  it("by no other site's page, which has its visitor's cookies and nothing else", async () => {
    const cookies = {
      Authorization: "",
      Origin: "https://evil.example",
      Cookie: `key=${await key("read", GAME)}`,
    };
    expect(await codeOf(await askForTail(GAME, "", cookies))).toEqual([401, "invalid_key"]);
  });

  it("by nobody whose key was revoked", async () => {
    const game = newGame();
    const { id, key } = await mint(game, "read");
    await revoke(game, id);
    const response = await askForTail(game, "", { Authorization: `Bearer ${key}` });
    expect(await codeOf(response)).toEqual([401, "revoked_key"]);
  });

  it("with a filter that is one", async () => {
    expect(await codeOf(await askForTail(GAME, "?status=lost"))).toEqual([400, "invalid_query"]);
    expect(await codeOf(await askForTail(GAME, "?player=ada"))).toEqual([400, "invalid_query"]);
  });

  it("as a WebSocket, and not as a page", async () => {
    const response = await call("GET", `/v1/games/${GAME}/tail`, { role: "read" });
    expect(response.headers.get("Upgrade")).toBe("websocket");
    expect(await codeOf(response)).toEqual([426, "upgrade_required"]);
  });

  it("a hundred times at most, until one is closed", async () => {
    const game = newGame();
    const tails = [];
    while (tails.length < MAX_SOCKETS) tails.push(await openTail(game));
    expect(await codeOf(await askForTail(game))).toEqual([429, "too_many_tails"]);
    tails[0]?.socket.close();
    await vi.waitFor(async () => expect((await askForTail(game)).status).toBe(101));
  });
});

describe("a tail is closed", () => {
  /** Looks after the sockets, as every half a minute. */
  const look = (game: string) => runDurableObjectAlarm(tailOf(env, game));

  /** Lets so much time pass, as far as clocks are looked at. */
  const later = (ms: number) => {
    const now = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => now + ms);
  };

  it("to a client that is fifty frames behind, while others go on", async () => {
    const game = newGame();
    const slow = await openTail(game, { isSlow: true });
    const other = await openTail(game);
    for (let n = 1; n <= WINDOW_FRAMES + 1; n++) {
      later(FRAME_EVERY_MS);
      await tailOf(env, game).show(showing(`${n}`));
      await other.until(({ frames }) => frames.length === n);
    }
    await slow.until(({ closed }) => closed !== undefined);
    expect(slow.closed).toEqual({ code: 1013, reason: "too slow: acknowledge frames as they come" });
    expect(slow.frames).toHaveLength(WINDOW_FRAMES);
    expect([other.closed, other.names.at(-1)]).toEqual([undefined, `${WINDOW_FRAMES + 1}`]);
  });

  it("to a client that owes an acknowledgement for a minute, and to no other", async () => {
    const game = newGame();
    const silent = await openTail(game, { isSlow: true });
    const other = await openTail(game);
    await tailOf(env, game).show(showing("one"));
    await silent.until(({ frames }) => frames.length === 1);
    await other.until(({ frames }) => frames.length === 1);
    await vi.waitFor(async () => expect(await owedIn(game)).toContainEqual([]));
    later(SILENCE_MS);
    await look(game);
    await silent.until(({ closed }) => closed !== undefined);
    expect([silent.closed?.code, other.closed]).toEqual([1013, undefined]);
  });

  it("to a key that is revoked, at the next look, also after a sleep", async () => {
    const game = newGame();
    const { id, key } = await mint(game, "read");
    const revoked = await openTail(game, { headers: { Authorization: `Bearer ${key}` } });
    const other = await openTail(game);
    await evictDurableObject(tailOf(env, game));
    expect((await revoke(game, id)).status).toBe(200);
    await look(game);
    await revoked.until(({ closed }) => closed !== undefined);
    expect(revoked.closed).toEqual({ code: 1008, reason: "the key was revoked, or has expired" });
    await post([named("shown")], { game });
    await other.until(({ items }) => items.length === 1);
    expect(revoked.items).toEqual([]);
  });
});

describe("a key that ends", () => {
  it("closes its tail then", async () => {
    const game = newGame();
    const [secret = ""] = requireConfig(env).KEY_SECRETS;
    const exp = Math.floor(Date.now() / 1000) + 60;
    const claims = { jti: crypto.randomUUID(), game, role: "read" as const, exp };
    const headers = { Authorization: `Bearer ${await signClaims(claims, secret)}` };
    const tail = await openTail(game, { headers });
    await runDurableObjectAlarm(tailOf(env, game));
    vi.spyOn(Date, "now").mockReturnValue(exp * 1000);
    await runDurableObjectAlarm(tailOf(env, game));
    await tail.until(({ closed }) => closed !== undefined);
    expect(tail.closed?.code).toBe(1008);
  });
});

describe("a game's queue", () => {
  it("says that somebody watches while somebody does", async () => {
    const game = newGame();
    expect(await watchedBy(game)).toBe(undefined);
    const one = await openTail(game);
    const other = await openTail(game, { query: "?user=ada" });
    expect(await watchedBy(game)).toEqual({
      filters: [{}, { user: "ada" }],
      hidden: [],
      hiddenRejections: [],
    });
    one.socket.close();
    await vi.waitFor(async () => expect(await watchedBy(game)).toBeDefined());
    other.socket.close();
    await vi.waitFor(async () => expect(await watchedBy(game)).toBe(undefined));
  });

  it("stops saying so where nobody renews the lease, and goes on where it is renewed", async () => {
    const game = newGame();
    await openTail(game);
    expect(await watchedBy(game)).toBeDefined();
    const now = Date.now();
    const clock = vi.spyOn(Date, "now");
    clock.mockImplementation(() => now + 4 * 60_000);
    await runDurableObjectAlarm(tailOf(env, game));
    clock.mockImplementation(() => now + 8 * 60_000);
    expect(await watchedBy(game)).toBeDefined();
    clock.mockImplementation(() => now + 10 * 60_000);
    expect(await watchedBy(game)).toBe(undefined);
  });

  it("keeps of who watches nothing but until when", async () => {
    const game = newGame();
    await post([named("first")], { game });
    await openTail(game, { query: "?user=ada" });
    const stored = await runInDurableObject(queueNamed(env, queueFor(game)), (_, { storage }) =>
      storage.sql.exec("SELECT * FROM watch").toArray(),
    );
    expect(stored).toEqual([{ id: 1, until: expect.any(Number) }]);
  });

  it("is told nothing where the registry cannot be asked, and the tail is not opened", async () => {
    const game = newGame();
    const registry = { isRevoked: async () => false };
    const open = await runInDurableObject(tailOf(env, game), async (tail, state) => {
      const real = Reflect.get(tail, "env") as Env;
      Reflect.set(tail, "env", { ...real, REGISTRY: { getByName: () => registry } });
      const opening = encodeURIComponent(JSON.stringify({ filter: {}, keys: ["k"], expiresAt: null }));
      const opened = tail.fetch(new Request("https://tail/", { headers: { "X-Tail-Opening": opening } }));
      await expect(opened).rejects.toThrow();
      return state.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN).length;
    });
    expect(open).toBe(0);
  });
});

describe("a client that acknowledges late", () => {
  it("is sent no more than it can be trusted to read, and told how much it missed", async () => {
    const game = newGame();
    const tail = await openTail(game, { isSlow: true });
    const large = "x".repeat(60_000);
    const now = Date.now();
    const clock = vi.spyOn(Date, "now");
    const show = async (frame: number) => {
      clock.mockImplementation(() => now + frame * FRAME_EVERY_MS);
      await tailOf(env, game).show(showing(large));
    };
    for (let frame = 1; frame <= 6; frame++) await show(frame);
    await tail.until(({ frames }) => frames.length === 4);
    tail.say({ ack: 4 });
    await vi.waitFor(async () => expect(await owedIn(game)).toEqual([[]]));
    await show(7);
    await tail.until(({ frames }) => frames.length === 5);
    expect(tail.frames.map(({ n, items, skipped }) => [n, items.length, skipped])).toEqual([
      [1, 1, undefined],
      [2, 1, undefined],
      [3, 1, undefined],
      [4, 1, undefined],
      [5, 1, 2],
    ]);
  });
});

describe("a tail that many watch", () => {
  it("sends each of them fewer frames", async () => {
    const game = newGame();
    const tails = [];
    while (tails.length < 50) tails.push(await openTail(game));
    const [first] = tails;
    const now = Date.now();
    const clock = vi.spyOn(Date, "now");
    const show = async (name: string, afterMs: number) => {
      clock.mockImplementation(() => now + afterMs);
      await tailOf(env, game).show(showing(name));
    };
    await show("one", 0);
    await show("two", 900);
    await show("three", 1_000);
    await first?.until(({ items }) => items.length === 3);
    expect(first?.frames.map(({ items }) => items.map(({ event }) => event.name))).toEqual([
      ["one"],
      ["two", "three"],
    ]);
  });
});

describe("a tail that many call", () => {
  it("asks each of them to come less often, and no longer once they do", async () => {
    const tail = tailOf(env, newGame());
    const calls = Array.from({ length: 20 }, () => tail.show(showing("one")));
    expect(await Promise.all(calls).then((waits) => waits.at(-1))).toBeGreaterThanOrEqual(
      19 * GATHER_MS_PER_CALL,
    );
    const now = Date.now();
    const clock = vi.spyOn(Date, "now");
    const waits = [];
    for (let frame = 1; frame <= 3; frame++) {
      clock.mockImplementation(() => now + frame * FRAME_EVERY_MS);
      waits.push(await tail.show(showing("one")));
    }
    expect(waits.at(-1)).toBe(GATHER_MS);
  });
});

describe("ingest", () => {
  it("neither fails nor waits where the tail cannot be reached", async () => {
    const game = newGame();
    await registryOf(env).watch(game, Date.now() + 60_000);
    const warnings = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const down = { show: () => Promise.reject(new Error("the tail is down")) };
    const context = createExecutionContext();
    const response = await app.request(
      "/v1/events",
      {
        method: "POST",
        headers: { Authorization: `Bearer ${await key("write", game)}`, "Content-Type": "application/json" },
        body: JSON.stringify([anEvent()]),
      },
      { ...env, TAIL: { getByName: () => down } },
      context,
    );
    expect(response.status).toBe(202);
    await vi.waitFor(() =>
      expect(warnings.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
        { level: "warn", event: "tail_unreachable", game, events: 1, error: "Error: the tail is down" },
      ]),
    );
    await waitOnExecutionContext(context);
  });
});
