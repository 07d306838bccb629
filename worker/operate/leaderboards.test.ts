import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { app } from "../app.ts";
import { periodOf } from "../leaderboards/period.ts";
import { anEvent, key } from "../testing/requests.ts";

const BOARDS = {
  high_score: {
    value: "max(progression.score)",
    where: { status: "complete" },
    period: "week",
    players_may_read: true,
  },
  gold_earned: { value: "sum(resource.amount)", where: { flow: "source", resource: "gold" }, period: "day" },
  spent: { value: "sum(purchase.price)", where: { currency: "EUR" }, period: "all" },
};

/** A game that no other test knows, with boards, and what its players and operators do. */
async function newGame(bindings: Partial<Env> = {}) {
  const game = `game-${crypto.randomUUID()}`;
  const [admin, write, read] = await Promise.all(
    (["admin", "write", "read"] as const).map((role) => key(role, game)),
  );
  const settings = { ...env, LEADERBOARDS: JSON.stringify({ [game]: BOARDS }), ...bindings } as Env;
  const call = (key: string | undefined, method: string, path: string, body?: unknown) => {
    const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
    return app.request(
      path,
      { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) },
      settings,
    );
  };
  return {
    game,
    send: async (...events: Record<string, unknown>[]) => {
      const response = await call(write, "POST", "/v1/events", events);
      expect(await response.json()).toMatchObject({ rejected: 0 });
      await call(admin, "POST", `/v1/games/${game}/queue/flush`);
    },
    get: (path: string, key = read) => call(key, "GET", `/v1/games/${game}/${path}`),
    board: async (path: string) => (await call(read, "GET", `/v1/games/${game}/leaderboards/${path}`)).json(),
    erase: (user: string) => call(admin, "DELETE", `/v1/games/${game}/users/${encodeURIComponent(user)}`),
    write,
    token: async (user: string, expires_in = 3_600) => {
      const server = await key("server", game);
      const response = await call(server, "POST", "/v1/tokens", { user_id: user, expires_in });
      return ((await response.json()) as { token: string }).token;
    },
    call,
    admin,
  };
}

const { name: _, ...context } = anEvent();
const event = (user_id: string, fields: Record<string, unknown>) => ({
  ...context,
  event_id: crypto.randomUUID(),
  user_id,
  ...fields,
});
const scored = (user: string, score: number, fields = {}) =>
  event(user, { event_type: "progression", status: "complete", level: "1", score, ...fields });
const earned = (user: string, amount: number, fields = {}) =>
  event(user, { event_type: "resource", flow: "source", resource: "gold", amount, ...fields });
const bought = (user: string, price: string, currency: string) =>
  event(user, { event_type: "purchase", product_id: "p", product_name: "P", store: "s", price, currency });

const NOW = Date.now();
const [DAY, WEEK] = [periodOf("day", NOW), periodOf("week", NOW)];
const at = new Date(NOW).toISOString();
const here = { timestamp: at };

describe("a game's leaderboards", () => {
  it("are those that its setting declares", async () => {
    const { get } = await newGame();
    const of = (board: keyof typeof BOARDS, current: string) => ({
      board,
      players_may_read: false,
      ...BOARDS[board],
      current,
    });
    expect(await (await get("leaderboards")).json()).toEqual({
      leaderboards: [of("high_score", WEEK), of("gold_earned", DAY), of("spent", "all")],
    });
  });

  it("are made of the events that they ask for, each once", async () => {
    const { send, board } = await newGame();
    const first = earned("ada", 0.1, here);
    await send(
      first,
      first,
      earned("ada", 0.2, here),
      earned("bo", 5, { ...here, resource: "gems" }),
      scored("ada", 10, here),
      scored("bo", 12, here),
      scored("bo", 99, { ...here, status: "fail" }),
      bought("cy", "4.99", "eur"),
      bought("cy", "9.99", "USD"),
    );
    await send(first, scored("ada", 11, here));
    expect(await board("high_score")).toEqual({
      board: "high_score",
      period: WEEK,
      entries: [
        { rank: 1, user_id: "bo", value: 12, at },
        { rank: 2, user_id: "ada", value: 11, at },
      ],
      total: 2,
    });
    expect(await board(`gold_earned?period=${DAY}`)).toEqual({
      board: "gold_earned",
      period: DAY,
      entries: [{ rank: 1, user_id: "ada", value: 0.3, at }],
      total: 1,
    });
    expect(await board("spent?period=all")).toMatchObject({ entries: [{ user_id: "cy", value: 4.99 }] });
  });

  it("have an event that comes late in the period in which it happened", async () => {
    const { send, board } = await newGame();
    const time = NOW - 8 * 86_400_000;
    await send(scored("ada", 10, { timestamp: new Date(time).toISOString() }));
    expect(await board("high_score")).toMatchObject({ period: WEEK, entries: [], total: 0 });
    expect(await board(`high_score?period=${periodOf("week", time)}`)).toMatchObject({
      entries: [{ user_id: "ada", value: 10 }],
    });
  });

  it("are read page by page, or around a player", async () => {
    const { send, board } = await newGame();
    await send(...["a", "b", "c", "d", "e"].map((user, place) => scored(user, 10 - place, here)));
    const users = async (query: string) => {
      const { entries } = (await board(`high_score?${query}`)) as {
        entries: { rank: number; user_id: string }[];
      };
      return entries.map(({ rank, user_id }) => `${rank} ${user_id}`);
    };
    expect(await users("limit=2")).toEqual(["1 a", "2 b"]);
    expect(await users("limit=2&after=2")).toEqual(["3 c", "4 d"]);
    expect(await users("around=c&n=1")).toEqual(["2 b", "3 c", "4 d"]);
    expect(await users("around=c")).toEqual(["1 a", "2 b", "3 c", "4 d", "5 e"]);
    expect(await users("around=nobody")).toEqual([]);
  });

  it("show a player's own values", async () => {
    const { send, get } = await newGame();
    await send(scored("a/b?c", 7, here), scored("bo", 9, here), bought("a/b?c", "1.50", "EUR"));
    const stats = await (await get(`users/${encodeURIComponent("a/b?c")}/stats`)).json();
    expect(stats).toEqual({
      user_id: "a/b?c",
      boards: [
        { board: "high_score", period: WEEK, rank: 2, value: 7, at },
        { board: "spent", period: "all", rank: 1, value: 1.5, at: expect.any(String) },
      ],
    });
    expect(await (await get("users/nobody/stats")).json()).toEqual({ user_id: "nobody", boards: [] });
  });

  it("lose a player who is erased, for good", async () => {
    const { send, board, erase } = await newGame();
    await send(scored("ada", 10), scored("bo", 9));
    expect((await erase("ada")).status).toBe(200);
    expect(await board("high_score")).toMatchObject({ entries: [{ rank: 1, user_id: "bo" }], total: 1 });
    await send(scored("ada", 11));
    expect(await board("high_score?around=ada")).toMatchObject({ entries: [], total: 1 });
  });

  it.each([
    ["leaderboards/low_score", 404, "no_such_board", "high_score, gold_earned, spent"],
    ["leaderboards/high_score?period=2026-11-21", 400, "invalid_query", "such as 20"],
    ["leaderboards/high_score?period=all", 400, "invalid_query", "by week"],
    ["leaderboards/high_score?limit=1001", 400, "invalid_query", "limit"],
    ["leaderboards/high_score?after=-1", 400, "invalid_query", "after"],
    ["leaderboards/high_score?n=101", 400, "invalid_query", "n: "],
    ["leaderboards/high_score?user=ada", 400, "invalid_query", "user"],
    [`users/${"x".repeat(129)}/stats`, 400, "invalid_user", "1–128 characters"],
  ])("say of %s what is wrong with it", async (path, status, code, detail) => {
    const { get } = await newGame();
    const response = await get(path);
    expect([response.status, await response.json()]).toEqual([
      status,
      expect.objectContaining({ code, detail: expect.stringContaining(detail) }),
    ]);
  });

  it("are for those who may read the game", async () => {
    const { get, write } = await newGame();
    for (const path of ["leaderboards", "leaderboards/high_score", "users/ada/stats"]) {
      expect((await get(path, write)).status).toBe(403);
      expect((await get(path, await key("read", "another_game"))).status).toBe(403);
      expect((await get(path, "no key")).status).toBe(401);
    }
  });

  it("show a player with a token what players may read, and of nobody but themselves what is on no list", async () => {
    const { send, get, token } = await newGame();
    await send(scored("ada", 10, here), scored("bo", 12, here), bought("ada", "4.99", "EUR"));
    const ada = await token("ada");
    const [first, second] = [
      { rank: 1, user_id: "bo", value: 12, at },
      { rank: 2, user_id: "ada", value: 10, at },
    ];
    const asked = async (path: string) => {
      const response = await get(path, ada);
      return [response.status, await response.json()];
    };
    expect(await asked("leaderboards")).toEqual([
      200,
      { leaderboards: [{ board: "high_score", ...BOARDS.high_score, current: WEEK }] },
    ]);
    for (const path of ["leaderboards/high_score", "leaderboards/high_score?around=ada"])
      expect(await asked(path)).toEqual([
        200,
        { board: "high_score", period: WEEK, entries: [first, second], total: 2 },
      ]);
    const { user_id, ...own } = second;
    expect(await asked("users/ada/stats")).toEqual([
      200,
      { user_id, boards: [{ board: "high_score", period: WEEK, ...own }] },
    ]);
    expect(await asked("leaderboards/spent")).toEqual([
      404,
      expect.objectContaining({
        code: "no_such_board",
        detail: "the boards that this key may read are high_score",
      }),
    ]);
    for (const path of ["leaderboards/high_score?around=bo", "users/bo/stats"])
      expect(await asked(path)).toEqual([403, expect.objectContaining({ code: "wrong_user" })]);
    for (const path of ["live", "queue", "dead-letters"]) expect((await get(path, ada)).status).toBe(403);
  });

  it("refuse a token of another game, one that was revoked, and one over its limit", async () => {
    const { game, send, get, token, call, admin } = await newGame();
    await send(scored("ada", 10));
    const path = "leaderboards/high_score";
    const other = await newGame();
    expect((await get(path, await other.token("ada"))).status).toBe(403);
    const ada = await token("ada");
    expect((await get(path, ada)).status).toBe(200);
    const { jti } = JSON.parse(atob(ada.split(".")[1] ?? ""));
    await call(admin, "DELETE", `/v1/games/${game}/keys/${jti}`);
    expect((await get(path, ada)).status).toBe(401);
    const never = { limit: () => Promise.resolve({ success: false }) } as unknown as RateLimit;
    const limited = await newGame({ PLAYER_RATE_LIMIT: never });
    expect((await limited.get(path, await limited.token("ada"))).status).toBe(429);
    expect((await limited.get(path)).status).toBe(200);
  });

  it("can be read by a page of any origin, which the rest of the API cannot", async () => {
    const { game } = await newGame();
    const originsOf = async (path: string) => {
      const headers = { Origin: "https://game.test", "Access-Control-Request-Method": "GET" };
      const response = await app.request(`/v1/games/${game}/${path}`, { method: "OPTIONS", headers }, env);
      return [
        response.headers.get("Access-Control-Allow-Origin"),
        response.headers.get("Access-Control-Allow-Methods"),
      ];
    };
    for (const path of ["leaderboards", "leaderboards/high_score", "users/ada/stats"])
      expect(await originsOf(path)).toEqual(["*", "GET"]);
    for (const path of ["live", "users/ada", "dead-letters"])
      expect(await originsOf(path)).toEqual([null, null]);
  });

  it("that cannot be reached say so, and an erasure is not finished before they have heard of it", async () => {
    const down = { getByName: () => new Proxy({}, { get: () => () => Promise.reject(new Error("down")) }) };
    const log = vi.spyOn(console, "error").mockReturnValue();
    const { get, erase } = await newGame({ BOARDS: down as unknown as Env["BOARDS"] });
    for (const response of [
      await get("leaderboards/high_score"),
      await get("users/ada/stats"),
      await erase("ada"),
    ]) {
      expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "5"]);
      expect(await response.json()).toMatchObject({ code: "leaderboards_unreachable" });
    }
    log.mockRestore();
  });

  it("of a game that has none are none", async () => {
    const { get } = await newGame({ LEADERBOARDS: "{}" });
    expect(await (await get("leaderboards")).json()).toEqual({ leaderboards: [] });
    expect(await (await get("users/ada/stats")).json()).toEqual({ user_id: "ada", boards: [] });
    expect((await get("leaderboards/high_score")).status).toBe(404);
  });
});
