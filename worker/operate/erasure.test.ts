import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { app } from "../app.ts";
import { registryOf } from "../queue/registry.ts";
import { queueFor, queueNamed } from "../queue/shards.ts";
import { anEvent, callWith, key, withQueuesDown } from "../testing/requests.ts";

const USER = "a-player-who-wants-to-be-forgotten";

/** A game that no other test knows, and what its operator and its players do. */
async function newGame() {
  const game = `game-${crypto.randomUUID()}`;
  const [admin, write] = [await key("admin", game), await key("write", game)];
  const path = (user: string) => `/v1/games/${game}/users/${encodeURIComponent(user)}`;
  return {
    game,
    admin,
    path,
    erase: (user = USER) => callWith(admin, "DELETE", path(user)),
    eraseWith: (bindings: Env) =>
      app.request(path(USER), { method: "DELETE", headers: { Authorization: `Bearer ${admin}` } }, bindings),
    send: async (...users: string[]) => {
      const events = users.map((user_id) => anEvent({ user_id }));
      return (await callWith(write, "POST", "/v1/events", events)).status;
    },
    audit: async () => {
      const { erasures } = await json(await callWith(admin, "GET", `/v1/games/${game}/erasures`));
      return erasures as Record<string, unknown>[];
    },
    flush: () => callWith(admin, "POST", `/v1/games/${game}/queue/flush`),
    /** What waits in a queue, line by line. */
    waiting: (queue = queueFor(game)) => linesOf(queue),
  };
}

function linesOf(queue: string): Promise<Record<string, unknown>[]> {
  return runInDurableObject(queueNamed(env, queue), (_, { storage }) => {
    const rows = storage.sql.exec<{ lines: ArrayBuffer }>("SELECT lines FROM outbox ORDER BY seq").toArray();
    const text = rows.map(({ lines }) => new TextDecoder().decode(lines)).join("");
    return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  });
}

const json = async (response: Response) => (await response.json()) as Record<string, unknown>;

const notices = (lines: Record<string, unknown>[]) =>
  lines.filter(({ record_type }) => record_type === "erasure");

const usersOf = (lines: Record<string, unknown>[]) =>
  lines.filter(({ record_type }) => record_type === "event").map(({ user_id }) => user_id);

describe("erasing a player", () => {
  it("takes out what waits of theirs, and nothing of others, and keeps nothing more from then on", async () => {
    const { erase, send, waiting } = await newGame();
    await send(USER, "user_2", USER);
    const response = await erase();
    expect(response.status).toBe(200);
    expect(await json(response)).toEqual({
      erasure_id: expect.any(String),
      requested_at: expect.any(String),
      events_purged: 2,
      queues: 1,
    });
    expect(usersOf(await waiting())).toEqual(["user_2"]);
    expect(await send(USER, "user_3")).toBe(202);
    expect(usersOf(await waiting())).toEqual(["user_2", "user_3"]);
  });

  it("tells the warehouse, by a line of its own", async () => {
    const { game, erase, waiting } = await newGame();
    const response = await erase();
    const { erasure_id, requested_at } = await json(response);
    expect(await waiting()).toEqual([
      {
        game_id: game,
        user_id: USER,
        erasure_id,
        requested_at,
        record_type: "erasure",
        ingestion_timestamp: expect.any(String),
        collector: expect.stringMatching(/^playtrail\//),
        request_id: response.headers.get("X-Request-Id"),
      },
    ]);
  });

  it("asked again is the same erasure, and the warehouse is told once", async () => {
    const { erase, send, waiting, audit, flush } = await newGame();
    await send(USER);
    const first = await json(await erase());
    expect(notices(await waiting())).toHaveLength(1);
    expect(await json(await erase())).toEqual(first);
    expect(notices(await waiting())).toHaveLength(1);
    await flush();
    expect(await json(await erase())).toEqual(first);
    expect(await waiting()).toEqual([]);
    expect(await audit()).toHaveLength(1);
  });

  it("is known to a queue that is born later", async () => {
    const { game, erase } = await newGame();
    await erase();
    const queue = `${game}/weur/0`;
    await queueNamed(env, queue).admits([]);
    const { hash } = (await registryOf(env).erasuresOf(game))[0] ?? {};
    expect((await registryOf(env).introduce(queue)).erased).toEqual([hash]);
  });

  it("takes any id that events may have, URL-encoded", async () => {
    const { erase, send, waiting } = await newGame();
    for (const user of ["a/b?c=d&e#f %25", "Zoë 🎮", "x".repeat(128), '"\\']) {
      await send(user, `${user.slice(0, 100)}!`);
      expect(await json(await erase(user))).toMatchObject({ events_purged: 1 });
      expect(usersOf(await waiting())).not.toContain(user);
    }
    expect(usersOf(await waiting())).toHaveLength(4);
  });

  it.each([
    ["too long", "x".repeat(129)],
    ["not URL-encoded UTF-8: another would be erased, and theirs would stay", "Zo%EB"],
    ["cut in mid-character", "100%"],
  ])("of what can be no player is refused: %s", async (_, encoded) => {
    const { game, path } = await newGame();
    const response = await callWith(await key("admin", game), "DELETE", path("") + encoded);
    expect([response.status, (await json(response)).code]).toEqual([400, "invalid_user"]);
  });

  it("is for admins of the game alone", async () => {
    const { game, path } = await newGame();
    for (const role of ["write", "server", "read"] as const) {
      expect((await callWith(await key(role, game), "DELETE", path(USER))).status).toBe(403);
      expect((await callWith(await key(role, game), "GET", `/v1/games/${game}/erasures`)).status).toBe(403);
    }
    expect((await callWith(await key("admin"), "DELETE", path(USER))).status).toBe(403);
  });

  it("never brings the player's id into the log", async () => {
    const { erase, eraseWith, send } = await newGame();
    const lines: string[] = [];
    const spies = (["info", "warn", "error"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((line) => lines.push(String(line))),
    );
    await send(USER);
    await eraseWith(withQueuesDown(() => true));
    await erase();
    for (const spy of spies) spy.mockRestore();
    expect(lines.join("\n")).toContain("/v1/games/:game/users/:user");
    expect(lines.join("\n")).not.toContain(USER);
  });
});

describe("an erasure that is not finished", () => {
  it("says so where a queue could not be told; the others have done theirs, and asking again ends it", async () => {
    const { game, send, erase, eraseWith, waiting, audit } = await newGame();
    const down = `${game}/weur/0`;
    await send(USER);
    await queueNamed(env, down).admits([]);

    const response = await eraseWith(withQueuesDown((name) => name === down));
    expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "5"]);
    expect((await json(response)).detail).toContain("the erasure is recorded");
    expect(await waiting()).toEqual([]);
    expect(await audit()).toEqual([expect.objectContaining({ announced: false, events_purged: 1 })]);

    expect(await json(await erase())).toMatchObject({ events_purged: 1, queues: 2 });
    expect(notices(await waiting())).toHaveLength(1);
    expect(await audit()).toEqual([expect.objectContaining({ announced: true, events_purged: 1 })]);
  });
});

it("the audit says when and by whom, but not who it was", async () => {
  const { game, admin, erase, audit } = await newGame();
  const { erasure_id, requested_at } = await json(await erase());
  const jti = JSON.parse(atob(admin.split(".")[1] ?? "")).jti;
  const [entry, ...others] = await audit();
  expect(others).toEqual([]);
  expect(entry).toEqual({
    erasure_id,
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    requested_at,
    requested_by: jti,
    announced: true,
    events_purged: 0,
  });
  const elsewhere = await callWith(await key("admin", "*"), "GET", `/v1/games/not-${game}/erasures`);
  expect(await json(elsewhere)).toEqual({ erasures: [] });
});
