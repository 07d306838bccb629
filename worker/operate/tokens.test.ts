import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { IngestAnswer } from "../../sdk/events.ts";
import { app } from "../app.ts";
import { verifyKey } from "../auth/keys.ts";
import { requireConfig } from "../config.ts";
import { anEvent, callWith, GAME, key, withQueuesDown } from "../testing/requests.ts";

const USER = "user_12345";
const MONTH_S = 30 * 24 * 60 * 60;

const order = async (body: unknown, minter?: string) =>
  callWith(minter ?? (await key("server")), "POST", "/v1/tokens", body);

async function token(body: unknown = { user_id: USER }, minter?: string): Promise<string> {
  const response = await order(body, minter);
  expect(response.status).toBe(201);
  return ((await response.json()) as { token: string }).token;
}

const claimsOf = (jwt: string) => verifyKey(jwt, requireConfig(env).KEY_SECRETS);

const problemOf = async (response: Response) => {
  const { code, detail } = (await response.json()) as Record<string, string>;
  return [response.status, code, detail];
};

describe("POST /v1/tokens", () => {
  it("answers with a token of its game and player, and when it ends", async () => {
    const minter = await key("server");
    const now = Math.floor(Date.now() / 1000);
    const response = await order({ user_id: USER, expires_in: 60 }, minter);
    expect([response.status, response.headers.get("Cache-Control")]).toEqual([201, "no-store"]);
    const { token, expires_at } = (await response.json()) as Record<string, string>;
    const claims = await claimsOf(token ?? "");
    expect(claims).toEqual({
      jti: expect.any(String),
      game: GAME,
      role: "write",
      user: USER,
      by: (await claimsOf(minter))?.jti,
      exp: expect.any(Number),
    });
    expect(Date.parse(expires_at ?? "")).toBe((claims?.exp ?? 0) * 1000);
    expect(claims?.exp).toBeGreaterThanOrEqual(now + 60);
    expect(claims?.exp).toBeLessThanOrEqual(now + 62);
  });

  it("gives an hour where it is not told otherwise, and a month at most", async () => {
    const lifetimeOf = async (body: object) => {
      const now = Math.floor(Date.now() / 1000);
      return ((await claimsOf(await token({ user_id: USER, ...body })))?.exp ?? 0) - now;
    };
    expect(Math.abs((await lifetimeOf({})) - 3600)).toBeLessThanOrEqual(2);
    expect(Math.abs((await lifetimeOf({ expires_in: MONTH_S })) - MONTH_S)).toBeLessThanOrEqual(2);
  });

  it.each([
    [{}, "user_id"],
    [{ user_id: "" }, "user_id"],
    [{ user_id: "x".repeat(129) }, "user_id"],
    [{ user_id: USER, expires_in: 0 }, "expires_in: must be at least 1 s"],
    [{ user_id: USER, expires_in: MONTH_S + 1 }, "expires_in: may be at most 2592000 s, 30 days"],
    [{ user_id: USER, expires_in: 1.5 }, "expires_in: must be a whole number of seconds"],
    [{ user_id: USER, expiresIn: 60 }, "expiresIn"],
    [{ user_id: USER, game: "No Game" }, "game"],
    [[], "object"],
  ])("refuses %j, naming what is wrong", async (body, detail) => {
    expect(await problemOf(await order(body))).toEqual([
      400,
      "invalid_body",
      expect.stringContaining(detail),
    ]);
  });

  it("says no more of what is wrong than anybody would read", async () => {
    const names = Array.from({ length: 100 }, (_, n) => [`${n}${"x".repeat(5_000)}`, 1]);
    const [status, code, detail = ""] = await problemOf(await order(Object.fromEntries(names)));
    expect([status, code, String(detail).length]).toEqual([400, "invalid_body", 1_001]);
  });

  it("refuses what is not JSON", async () => {
    const headers = { Authorization: `Bearer ${await key("server")}`, "Content-Type": "application/json" };
    const response = await app.request("/v1/tokens", { method: "POST", headers, body: "user" }, env);
    expect(await problemOf(response)).toEqual([400, "invalid_json", "the body is not JSON"]);
  });

  it("mints for the key's own game alone; a key for all games names one", async () => {
    const all = await key("server", "*");
    expect((await claimsOf(await token({ user_id: USER, game: "other_game" }, all)))?.game).toBe(
      "other_game",
    );
    expect((await claimsOf(await token({ user_id: USER, game: GAME })))?.game).toBe(GAME);
    expect(await problemOf(await order({ user_id: USER }, all))).toEqual([
      400,
      "invalid_body",
      expect.stringContaining("game"),
    ]);
    const stranger = await order({ user_id: USER, game: "other_game" });
    expect(await problemOf(stranger)).toEqual([403, "wrong_game", "the key is for another game"]);
  });

  it.each([
    ["write", 403],
    ["read", 403],
    ["server", 201],
    ["admin", 201],
  ] as const)("asked with a key of role %s answers %i", async (role, status) => {
    expect((await order({ user_id: USER }, await key(role))).status).toBe(status);
  });

  it("refuses a token, which could live for ever by minting the next", async () => {
    expect((await order({ user_id: USER }, await token())).status).toBe(403);
  });

  it("says 503 where no queue can say whether its key is revoked", async () => {
    const headers = { Authorization: `Bearer ${await key("server")}`, "Content-Type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify({ user_id: USER }) };
    const response = await app.request(
      "/v1/tokens",
      init,
      withQueuesDown(() => true),
    );
    expect([response.headers.get("Retry-After"), ...(await problemOf(response))]).toEqual([
      "5",
      503,
      "queue_unreachable",
      expect.stringContaining("send the same again"),
    ]);
  });
});

describe("a player token", () => {
  const send = async (events: unknown, path = "/v1/events") => {
    const response = await callWith(await token(), "POST", path, events);
    const { results, ...answer } = (await response.json()) as IngestAnswer;
    return { status: response.status, answer, results };
  };

  it("sends its player's events; another's are rejected by themselves", async () => {
    for (const [path, status] of [
      ["/v1/events", 202],
      ["/v1/events/validate", 200],
    ] as const) {
      const other = anEvent({ user_id: "user_2" });
      const sent = await send([anEvent({ user_id: USER }), other, anEvent({ user_id: USER })], path);
      expect(sent).toEqual({
        status,
        answer: expect.objectContaining({ accepted: 2, rejected: 1 }),
        results: [
          {
            index: 1,
            event_id: other.event_id,
            status: "rejected",
            errors: [{ path: "user_id", code: "wrong_user", message: expect.any(String) }],
          },
        ],
      });
    }
  });

  it("may stand in the query, for beacons", async () => {
    const jwt = await token();
    const init = {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body: JSON.stringify(anEvent()),
    };
    expect((await app.request(`/v1/events?key=${jwt}`, init, env)).status).toBe(202);
    const server = await key("server");
    expect((await app.request(`/v1/events?key=${server}`, init, env)).status).toBe(403);
  });

  it("may do nothing else", async () => {
    const jwt = await token();
    expect((await callWith(jwt, "GET", `/v1/games/${GAME}/queue`)).status).toBe(403);
    expect((await callWith(jwt, "GET", `/v1/games/${GAME}/keys`)).status).toBe(403);
  });

  it("ends by itself", async () => {
    const jwt = await token({ user_id: USER, expires_in: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const response = await callWith(jwt, "POST", "/v1/events", anEvent());
    expect(await problemOf(response)).toEqual([401, "invalid_key", expect.stringContaining("expired")]);
  });
});
