import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { app } from "../app.ts";
import { parcelOf } from "../queue/parcel.ts";
import { type AuditEntry, registryOf } from "../queue/registry.ts";
import { queueFor, queueNamed } from "../queue/shards.ts";
import { ENDING, hand, NO_COUNTS } from "../testing/queue.ts";
import { callWith, key, withQueuesDown } from "../testing/requests.ts";

const USER = "a-player-who-is-named-nowhere";

/** A game that no other test knows, with one queue, and what its operator does. */
async function newGame() {
  const game = `game-${crypto.randomUUID()}`;
  const admin = await key("admin", game);
  const event = { eventId: crypto.randomUUID(), userId: USER, json: `{"user_id":"${USER}"}` };
  await hand(queueNamed(env, queueFor(game)), parcelOf([event], ENDING, NO_COUNTS));
  const path = (rest: string) => `/v1/games/${game}/${rest}`;
  return {
    game,
    jti: JSON.parse(atob(admin.split(".")[1] ?? "")).jti as string,
    act: async (method: string, rest: string, body?: unknown) =>
      (await callWith(admin, method, path(rest), body)).status,
    actWith: async (bindings: Env, method: string, rest: string) => {
      const headers = { Authorization: `Bearer ${admin}` };
      return (await app.request(path(rest), { method, headers }, bindings)).status;
    },
    entries: async (): Promise<AuditEntry[]> => {
      const response = await callWith(admin, "GET", path("audit"));
      const { entries } = (await response.json()) as { entries: AuditEntry[] };
      return entries;
    },
  };
}

const DOWN = withQueuesDown(() => true);
const AT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe("the audit", () => {
  it("has every change, the newest first, with the key that made it, and names no player", async () => {
    const { act, entries, jti } = await newGame();
    expect(await act("POST", "keys", { role: "write", name: "ios" })).toBe(201);
    expect(await act("DELETE", "keys/a-leaked-key")).toBe(200);
    expect(await act("POST", "queue/flush")).toBe(200);
    expect(await act("POST", "dead-letters/replay", { code: "InternalFailure" })).toBe(200);
    expect(await act("DELETE", "dead-letters?confirm=0")).toBe(200);
    expect(await act("DELETE", `users/${USER}`)).toBe(200);

    const done = (action: AuditEntry["action"], detail: object) => ({
      at: AT,
      key: jti,
      action,
      outcome: "done",
      detail,
    });
    const found = await entries();
    expect(found).toEqual([
      done("user.erase", { erasure_id: expect.any(String), events_purged: 0, queues: 1 }),
      done("purge", { confirm: 0, events: 0 }),
      done("replay", { code: "InternalFailure", events: 0 }),
      done("flush", {}),
      done("key.revoke", { id: "a-leaked-key" }),
      done("key.mint", { id: expect.any(String), role: "write", name: "ios" }),
    ]);
    expect(JSON.stringify(found)).not.toContain(USER);
  });

  it("says what failed half-way, and why", async () => {
    const { actWith, entries, jti } = await newGame();
    for (const [method, path] of [
      ["POST", "queue/flush"],
      ["POST", "dead-letters/replay"],
      ["DELETE", "keys/a-leaked-key"],
      ["DELETE", `users/${USER}`],
    ] as const)
      expect(await actWith(DOWN, method, path)).toBe(503);
    const failed = (action: AuditEntry["action"], detail: object) => ({
      at: AT,
      key: jti,
      action,
      outcome: "failed",
      detail: { ...detail, problem: "queue_unreachable" },
    });
    expect(await entries()).toEqual([
      failed("user.erase", { erasure_id: expect.any(String) }),
      failed("key.revoke", { id: "a-leaked-key" }),
      failed("replay", {}),
      failed("flush", {}),
    ]);
  });

  it("has nothing of what was refused before it changed anything", async () => {
    const { act, entries, game } = await newGame();
    expect(await act("DELETE", "dead-letters?confirm=7")).toBe(409);
    expect(await act("DELETE", `keys/${"x".repeat(65)}`)).toBe(400);
    expect(await act("DELETE", `users/${"x".repeat(129)}`)).toBe(400);
    expect((await callWith(await key("read", game), "POST", `/v1/games/${game}/queue/flush`)).status).toBe(
      403,
    );
    expect(await entries()).toEqual([]);
  });

  it("keeps the last 500 entries of each game", async () => {
    const registry = registryOf(env);
    const [busy, quiet] = [`game-${crypto.randomUUID()}`, `game-${crypto.randomUUID()}`];
    const entry = (n: number): AuditEntry => ({
      at: "2026-11-21T12:00:00.000Z",
      key: "k",
      action: "flush",
      outcome: "done",
      detail: { n },
    });
    await runInDurableObject(registry, (instance) => {
      instance.audit(quiet, entry(0));
      for (let n = 1; n <= 502; n++) instance.audit(busy, entry(n));
    });
    expect((await registry.auditOf(busy)).map(({ detail }) => detail.n)).toEqual(
      Array.from({ length: 500 }, (_, i) => 502 - i),
    );
    expect(await registry.auditOf(quiet)).toEqual([entry(0)]);
  });

  it("stands in the log where the registry does not answer: what is done is not told as undone", async () => {
    const { actWith, jti } = await newGame();
    const lines: string[] = [];
    const spy = vi.spyOn(console, "error").mockImplementation((line) => lines.push(String(line)));
    const registry = registryOf(env);
    const deaf = new Proxy(registry, {
      get: (target, name) =>
        name === "audit" ? () => Promise.reject(new Error("down")) : Reflect.get(target, name),
    });
    const bindings = { ...env, REGISTRY: { getByName: () => deaf } as unknown as Env["REGISTRY"] };
    expect(await actWith(bindings, "POST", "queue/flush")).toBe(200);
    spy.mockRestore();
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ event: "audit_unreachable", key: jti, action: "flush", outcome: "done" }),
    ]);
  });

  it("is for admins of the game alone; that of keys for all games is under *", async () => {
    const { game } = await newGame();
    const statusWith = async (role: "read" | "admin", of: string, path = game) =>
      (await callWith(await key(role, of), "GET", `/v1/games/${path}/audit`)).status;
    expect(await statusWith("read", game)).toBe(403);
    expect(await statusWith("admin", "other")).toBe(403);
    expect(await statusWith("admin", game, "*")).toBe(403);
    expect(await Promise.all([statusWith("admin", game), statusWith("admin", "*", "*")])).toEqual([200, 200]);
  });
});
