import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { app } from "../app.ts";
import { anEvent, call, GAME, key } from "../testing/requests.ts";
import { countedBy, secondsLeft } from "./rate-limit.ts";

/** Counts as many requests as the limit allows. */
async function use(limiter: RateLimit, limit: number, by: string): Promise<void> {
  const used = await Promise.all(Array.from({ length: limit }, () => limiter.limit({ key: by })));
  expect(used.every(({ success }) => success)).toBe(true);
}

const useWriteKey = (token: string, ip: string) => use(env.WRITE_RATE_LIMIT, 1_000, `${idOf(token)}/${ip}`);

const idOf = (jwt: string): string => JSON.parse(atob(jwt.split(".")[1] ?? "")).jti;

const asJson = (token: string, headers: Record<string, string> = {}) => ({
  Authorization: `Bearer ${token}`,
  "Content-Type": "application/json",
  ...headers,
});

const send = (token: string, ip: string, { path = "/v1/events", user = "user_12345" } = {}) =>
  call("POST", path, {
    headers: asJson(token, { "CF-Connecting-IP": ip }),
    body: JSON.stringify(anEvent({ user_id: user })),
  });

async function playerToken(user: string): Promise<string> {
  const body = JSON.stringify({ user_id: user });
  const response = await call("POST", "/v1/tokens", { headers: asJson(await key("server")), body });
  return ((await response.json()) as { token: string }).token;
}

/** The counters begin anew with the minute: a test that counts must not be cut in two by it. */
const untilMinuteHasRoom = () =>
  vi.waitFor(() => expect(secondsLeft(Date.now())).toBeGreaterThan(10), { timeout: 15_000, interval: 500 });

describe("over its limit", () => {
  beforeEach(untilMinuteHasRoom);

  it("a request is refused with 429, says when to come back, and is counted in the log", async () => {
    const log = vi.spyOn(console, "info").mockImplementation(() => undefined);
    const token = await key();
    await useWriteKey(token, "203.0.113.7");
    const response = await send(token, "203.0.113.7");
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({
      code: "rate_limited",
      detail: expect.stringContaining("fuller batches"),
    });
    const retryAfterS = Number(response.headers.get("Retry-After"));
    expect(retryAfterS).toBeGreaterThanOrEqual(1);
    expect(retryAfterS).toBeLessThanOrEqual(60);
    const lines = log.mock.calls.map(([line]) => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ status: 429, rate_limited: "write" }));
    log.mockRestore();
  });

  it("a write key is refused at that IP address alone", async () => {
    const token = await key();
    await useWriteKey(token, "203.0.113.7");
    expect((await send(token, "203.0.113.7")).status).toBe(429);
    expect((await send(token, "203.0.113.7", { path: "/v1/events/validate" })).status).toBe(429);
    expect((await send(token, "203.0.113.8")).status).toBe(202);
    expect((await send(await key(), "203.0.113.7")).status).toBe(202);
  });

  it("a player is refused wherever they are and with whatever token, and no other player is", async () => {
    const [user, other] = [crypto.randomUUID(), crypto.randomUUID()];
    await use(env.PLAYER_RATE_LIMIT, 100, `${GAME}/${user}`);
    expect((await send(await playerToken(user), "203.0.113.7", { user })).status).toBe(429);
    expect((await send(await playerToken(user), "203.0.113.8", { user })).status).toBe(429);
    expect((await send(await playerToken(other), "203.0.113.7", { user: other })).status).toBe(202);
  });
});

describe("without the platform's counters", () => {
  /** Asks with other bindings than those of `wrangler.toml`. */
  async function ask(path: string, role: "write" | "server" | "admin", bindings: object): Promise<number> {
    const body = path === "/v1/tokens" ? { user_id: "user_12345" } : anEvent();
    const init = { method: "POST", headers: asJson(await key(role)), body: JSON.stringify(body) };
    return (await app.request(path, init, { ...env, ...bindings })).status;
  }

  it("nothing is limited where they are not bound", async () => {
    expect(await ask("/v1/events", "write", { WRITE_RATE_LIMIT: undefined })).toBe(202);
  });

  it("nothing is limited where they do not answer", async () => {
    const broken = { limit: () => Promise.reject(new Error("no answer")) };
    expect(await ask("/v1/events", "write", { WRITE_RATE_LIMIT: broken })).toBe(202);
  });

  it("each call of games and studios' servers asks for its own, and what an admin sends for none", async () => {
    const never = { limit: () => Promise.resolve({ success: false }) };
    for (const path of ["/v1/events", "/v1/events/validate"]) {
      expect(await ask(path, "write", { WRITE_RATE_LIMIT: never })).toBe(429);
    }
    for (const path of ["/v1/events", "/v1/events/validate", "/v1/tokens"]) {
      expect(await ask(path, "server", { SERVER_RATE_LIMIT: never })).toBe(429);
      const all = { PLAYER_RATE_LIMIT: never, WRITE_RATE_LIMIT: never, SERVER_RATE_LIMIT: never };
      expect(await ask(path, "admin", all)).toBeLessThan(300);
    }
  });
});

it("what is counted depends on whose key it is", () => {
  const claims = { jti: "key-1", game: "g" } as const;
  expect([
    countedBy({ ...claims, role: "write" }, "203.0.113.7"),
    countedBy({ ...claims, role: "write" }),
    countedBy({ ...claims, role: "write", user: "user_12345", by: "key-2" }, "203.0.113.7"),
    countedBy({ ...claims, role: "server" }, "203.0.113.7"),
    countedBy({ ...claims, role: "read" }, "203.0.113.7"),
    countedBy({ ...claims, role: "admin" }, "203.0.113.7"),
  ]).toEqual([
    { limit: "write", by: "key-1/203.0.113.7" },
    { limit: "write", by: "key-1/" },
    { limit: "player", by: "g/user_12345" },
    { limit: "server", by: "key-1" },
    undefined,
    undefined,
  ]);
});

it("the wait lasts to the end of the minute", () => {
  const at = (time: string) => secondsLeft(Date.parse(`2026-11-21T12:00:${time}Z`));
  expect([at("00.000"), at("00.999"), at("59.000"), at("59.999")]).toEqual([60, 60, 1, 1]);
});
