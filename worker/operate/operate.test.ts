import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../app.ts";
import { registryOf } from "../queue/registry.ts";
import { queueStatsSchema } from "../queue/stats.ts";
import { anEvent, aPurchase, call, GAME, post } from "../testing/requests.ts";

const get = (path: string) => exports.default.fetch(`https://collector.test${path}`);

describe("GET /v1/games/:game/queue", () => {
  it("shows what waits and what became of the rest", async () => {
    await post([anEvent(), aPurchase(), {}]);
    const response = await call("GET", `/v1/games/${GAME}/queue`, { role: "read" });
    const stats = queueStatsSchema.parse(await response.json());
    expect(stats).toMatchObject({
      game: GAME,
      depth: { events: 2 },
      delivery: { state: "closed" },
      totals: { received: 3, accepted: 2, rejected: 1 },
    });
    expect(stats.shards.map(({ shard }) => shard)).toEqual([`${GAME}/enam/0`]);
  });

  it("shows zeros where no event ever came", async () => {
    const response = await call("GET", "/v1/games/silent_game/queue", { role: "read", game: "silent_game" });
    const { depth, delivery, totals, shards } = queueStatsSchema.parse(await response.json());
    expect([depth, delivery.state, shards]).toEqual([
      { events: 0, bytes: 0, oldest_age_ms: 0 },
      "closed",
      [],
    ]);
    expect(new Set(Object.values(totals))).toEqual(new Set([0]));
  });

  it.each([
    ["read", "GET", "queue", 200],
    ["admin", "GET", "queue", 200],
    ["write", "GET", "queue", 403],
    ["server", "GET", "queue", 403],
    ["read", "POST", "queue/flush", 403],
    ["admin", "POST", "queue/flush", 200],
  ] as const)("asked with a key of role %s: %s %s answers %i", async (role, method, path, status) => {
    expect((await call(method, `/v1/games/${GAME}/${path}`, { role })).status).toBe(status);
  });

  it("of another game is closed, except to a key for all", async () => {
    expect((await call("GET", "/v1/games/other_game/queue", { role: "read" })).status).toBe(403);
    expect((await call("GET", "/v1/games/other_game/queue", { role: "read", game: "*" })).status).toBe(200);
  });

  it("of what can be no game is refused before anything is made of it", async () => {
    expect((await call("GET", "/v1/games/No%20Game/queue", { role: "read", game: "*" })).status).toBe(400);
  });
});

describe("health", () => {
  it("answers while settings are wrong; readiness names them, and no value", async () => {
    const broken = {
      ...env,
      KEY_SECRETS: "short-secret",
      AWS_ACCESS_KEY_ID: undefined,
      FLUSH_INTERVAL_MS: "soon",
    };
    expect((await app.request("/health", {}, broken)).status).toBe(200);

    const ready = await app.request("/ready", {}, broken);
    const text = await ready.text();
    expect([ready.status, text.includes("short-secret")]).toEqual([503, false]);
    expect(JSON.parse(text).settings.problems).toEqual([
      "FLUSH_INTERVAL_MS must be a whole number",
      "KEY_SECRETS must hold secrets of at least 32 characters each",
      "AWS_ACCESS_KEY_ID is missing",
    ]);

    const refused = await app.request("/v1/events", { method: "POST" }, broken);
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "60"]);
  });

  it("is not ready while a queue cannot deliver", async () => {
    expect((await get("/ready")).status).toBe(200);
    const trouble = {
      since: "2026-11-21T12:00:00.000Z",
      reason: "AccessDeniedException",
      advice: "allow firehose:PutRecordBatch",
    };
    await registryOf(env).report("secret_game/enam/0", trouble);
    const response = await get("/ready");
    const body = await response.text();
    expect([response.status, JSON.parse(body).queues.stuck]).toEqual([503, [trouble]]);
    expect(body).not.toContain("secret_game");
    await registryOf(env).report("secret_game/enam/0", null);
    expect((await get("/ready")).status).toBe(200);
  });
});

it("what is not there is a problem, too", async () => {
  const response = await get("/nothing");
  expect([response.status, response.headers.get("Content-Type")]).toEqual([404, "application/problem+json"]);
});
