import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../app.ts";
import { verifyKey } from "../auth/keys.ts";
import { requireConfig } from "../config.ts";
import { registryOf } from "../queue/registry.ts";
import { queueNamed } from "../queue/shards.ts";
import { anEvent, callWith, key, withQueuesDown } from "../testing/requests.ts";

/** A game that no other test knows. */
const newGame = () => `game-${crypto.randomUUID()}`;

const json = async (response: Response) => (await response.json()) as Record<string, unknown>;

const keysOf = async (game: string, admin: string) =>
  (await json(await callWith(admin, "GET", `/v1/games/${game}/keys`))).keys;

interface Minted {
  id: string;
  key: string;
}

async function mint(game: string, role: string, admin: string, name?: string): Promise<Minted> {
  const response = await callWith(admin, "POST", `/v1/games/${game}/keys`, { role, name });
  expect(response.status).toBe(201);
  return (await response.json()) as Minted;
}

const revoke = (game: string, id: string, admin: string) =>
  callWith(admin, "DELETE", `/v1/games/${game}/keys/${id}`);

const idOf = async (jwt: string) => (await verifyKey(jwt, requireConfig(env).KEY_SECRETS))?.jti ?? "";

const send = (token: string, path = "/v1/events") => callWith(token, "POST", path, anEvent());

const outcomeOf = async (response: Response) => [response.status, (await json(response)).code];

const REVOKED = [401, "revoked_key"];

describe("a key that is minted", () => {
  it("is shown once, works at once, and is listed without what makes it a key", async () => {
    const game = newGame();
    const admin = await key("admin", game);
    const response = await callWith(admin, "POST", `/v1/games/${game}/keys`, { role: "write", name: "ios" });
    const minted = await json(response);
    expect([response.status, response.headers.get("Cache-Control")]).toEqual([201, "no-store"]);
    expect(minted).toEqual({
      id: expect.any(String),
      key: expect.any(String),
      game,
      role: "write",
      name: "ios",
      created_at: expect.any(String),
    });
    expect((await send(String(minted.key))).status).toBe(202);

    const { key: _, game: __, ...known } = minted;
    const created_by = await idOf(admin);
    expect(await keysOf(game, admin)).toEqual([{ ...known, created_by, revoked_at: null, revoked_by: null }]);
  });

  it("says the id, game and role that it was asked for", async () => {
    const game = newGame();
    const { id, key: minted } = await mint(game, "read", await key("admin", game));
    expect(await verifyKey(minted, requireConfig(env).KEY_SECRETS)).toEqual({ jti: id, game, role: "read" });
  });

  it("is signed with the newest of the secrets", async () => {
    const game = newGame();
    const { key: minted } = await mint(game, "read", await key("admin", game));
    const [newest = ""] = requireConfig(env).KEY_SECRETS;
    expect(await verifyKey(minted, [newest])).toBeDefined();
  });

  it.each([
    [{ role: "root" }, "role: must be one of: write, server, read, admin"],
    [{}, "role: must be one of"],
    [{ role: "write", name: "" }, "name: must not be empty"],
    [{ role: "write", name: "x".repeat(65) }, "name: may have 64 characters"],
    [{ role: "write", label: "ios" }, "label"],
  ])("is refused for %j, naming what is wrong", async (body, detail) => {
    const game = newGame();
    const response = await callWith(await key("admin", game), "POST", `/v1/games/${game}/keys`, body);
    expect(response.status).toBe(400);
    expect(await json(response)).toMatchObject({
      code: "invalid_body",
      detail: expect.stringContaining(detail),
    });
  });

  it("for all games takes a key for all games", async () => {
    const game = newGame();
    expect(await outcomeOf(await callWith(await key("admin", game), "GET", "/v1/games/*/keys"))).toEqual([
      403,
      "wrong_game",
    ]);
    const { key: minted } = await mint("*", "read", await key("admin", "*"));
    expect((await callWith(minted, "GET", `/v1/games/${game}/queue`)).status).toBe(200);
  });

  it("is minted, listed and revoked by no one but an admin of that game", async () => {
    const game = newGame();
    for (const role of ["write", "server", "read"] as const) {
      const own = await key(role, game);
      for (const response of [
        await callWith(own, "POST", `/v1/games/${game}/keys`, { role }),
        await callWith(own, "GET", `/v1/games/${game}/keys`),
        await revoke(game, "any-key", own),
      ]) {
        expect(await outcomeOf(response)).toEqual([403, "wrong_role"]);
      }
    }
    const other = await key("admin", newGame());
    const response = await callWith(other, "POST", `/v1/games/${game}/keys`, { role: "read" });
    expect(await outcomeOf(response)).toEqual([403, "wrong_game"]);
  });

  it("is neither shown nor listed where it cannot be recorded", async () => {
    const game = newGame();
    const admin = await key("admin", game);
    const registry = registryOf(env);
    const broken = {
      getByName: () => ({
        isRevoked: () => registry.isRevoked(game, []),
        recordKey: () => Promise.reject(new Error("down")),
      }),
    };
    const headers = { Authorization: `Bearer ${admin}`, "Content-Type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify({ role: "read" }) };
    const response = await app.request(`/v1/games/${game}/keys`, init, { ...env, REGISTRY: broken });
    expect([response.headers.get("Retry-After"), ...(await outcomeOf(response))]).toEqual([
      "5",
      503,
      "registry_unreachable",
    ]);
    expect(await keysOf(game, admin)).toEqual([]);
  });
});

describe("a revoked key", () => {
  it.each([
    ["write", "POST", "/v1/events"],
    ["write", "POST", "/v1/events/validate"],
    ["server", "POST", "/v1/tokens"],
    ["read", "GET", "/v1/games/:game/queue"],
    ["admin", "POST", "/v1/games/:game/queue/flush"],
    ["admin", "GET", "/v1/games/:game/keys"],
  ] as const)(
    "of role %s is refused by the very next %s %s, where it was taken before",
    async (role, method, path) => {
      const game = newGame();
      const admin = await key("admin", game);
      const { id, key: minted } = await mint(game, role, admin);
      const body = path === "/v1/tokens" ? { user_id: "user_12345" } : anEvent();
      const ask = () =>
        callWith(minted, method, path.replace(":game", game), method === "POST" ? body : undefined);
      expect((await ask()).status).toBeLessThan(300);

      expect((await revoke(game, id, admin)).status).toBe(200);
      const refused = await ask();
      expect(refused.headers.get("WWW-Authenticate")).toBe("Bearer");
      expect(await outcomeOf(refused)).toEqual(REVOKED);
    },
  );

  it("for all games is refused by every game, by queues that were there and by those born later", async () => {
    const [old, young] = [newGame(), newGame()];
    const admin = await key("admin", "*");
    const { id, key: minted } = await mint("*", "write", admin);
    const sendTo = (game: string) => callWith(minted, "POST", "/v1/events", anEvent({ game_id: game }));
    expect((await sendTo(old)).status).toBe(202);
    expect((await revoke("*", id, admin)).status).toBe(200);
    expect(await outcomeOf(await sendTo(old))).toEqual(REVOKED);
    expect(await outcomeOf(await sendTo(young))).toEqual(REVOKED);
    expect(await outcomeOf(await send(minted, "/v1/events/validate"))).toEqual(REVOKED);
    // To answer that, no queue was made of what is no game.
    expect(await registryOf(env).list("*")).toEqual([]);
  });

  it("is refused by a shard born after the revocation, too", async () => {
    const game = newGame();
    const admin = await key("admin", game);
    const { id } = await mint(game, "write", admin);
    await revoke(game, id, admin);
    expect(await queueNamed(env, `${game}/weur/3`).admits([id])).toBe(false);
  });

  it("takes the player tokens with it that it minted", async () => {
    const game = newGame();
    const admin = await key("admin", game);
    const { id, key: server } = await mint(game, "server", admin);
    const order = { user_id: "user_12345" };
    const { token } = await json(await callWith(server, "POST", "/v1/tokens", order));
    expect((await send(String(token))).status).toBe(202);
    await revoke(game, id, admin);
    expect(await outcomeOf(await send(String(token)))).toEqual(REVOKED);
    expect(await outcomeOf(await send(String(token), "/v1/events/validate"))).toEqual(REVOKED);
  });

  it("leaves other keys alone, those that it minted included", async () => {
    const game = newGame();
    const admin = await key("admin", game);
    const { id, key: second } = await mint(game, "admin", admin);
    const { key: write } = await mint(game, "write", second);
    await revoke(game, id, admin);
    expect((await send(write)).status).toBe(202);
  });
});

describe("revoking", () => {
  it("says what was revoked, when and by whom, and the same when it is asked again", async () => {
    const game = newGame();
    const [admin, another] = [await key("admin", game), await key("admin", game)];
    const { id } = await mint(game, "write", admin, "ios");
    const first = await json(await revoke(game, id, admin));
    expect(first).toEqual({
      id,
      role: "write",
      name: "ios",
      created_at: expect.any(String),
      created_by: await idOf(admin),
      revoked_at: expect.any(String),
      revoked_by: await idOf(admin),
    });
    expect(await json(await revoke(game, id, another))).toEqual(first);
    expect(await keysOf(game, admin)).toEqual([first]);
  });

  it("works on keys that the command line minted", async () => {
    const game = newGame();
    const write = await key("write", game);
    expect((await send(write)).status).toBe(202);
    expect((await revoke(game, await idOf(write), await key("admin", game))).status).toBe(200);
    expect(await outcomeOf(await send(write))).toEqual(REVOKED);
  });

  it("is not for an admin of another game", async () => {
    const [game, other] = [newGame(), newGame()];
    const [admin, stranger] = [await key("admin", game), await key("admin", other)];
    const { id, key: minted } = await mint(game, "write", admin);
    expect(await outcomeOf(await revoke(game, id, stranger))).toEqual([403, "wrong_game"]);
    expect(await outcomeOf(await revoke(other, id, stranger))).toEqual([403, "wrong_game"]);
    expect((await send(minted)).status).toBe(202);

    // Nobody knows whose a key of the command line is: revoked elsewhere, it is refused there alone.
    const unknown = await key("write", game);
    expect((await revoke(other, await idOf(unknown), stranger)).status).toBe(200);
    expect((await send(unknown)).status).toBe(202);
  });

  it("in one game leaves a key for all games to the others, and shuts every route of that one", async () => {
    const [game, other] = [newGame(), newGame()];
    const everywhere = await key("admin", "*");
    expect((await revoke(game, await idOf(everywhere), await key("admin", game))).status).toBe(200);
    for (const path of ["keys", "queue", "dead-letters", "erasures"]) {
      expect(await outcomeOf(await callWith(everywhere, "GET", `/v1/games/${game}/${path}`))).toEqual(
        REVOKED,
      );
      expect((await callWith(everywhere, "GET", `/v1/games/${other}/${path}`)).status).toBe(200);
    }
  });

  it("of the key that asks is refused: nobody could ask again with it", async () => {
    const game = newGame();
    const admin = await key("admin", game);
    expect(await outcomeOf(await revoke(game, await idOf(admin), admin))).toEqual([409, "own_key"]);
    expect((await callWith(admin, "GET", `/v1/games/${game}/keys`)).status).toBe(200);
  });

  it("of what can be no key's id is refused", async () => {
    const game = newGame();
    const response = await revoke(game, "x".repeat(65), await key("admin", game));
    expect(await outcomeOf(response)).toEqual([400, "invalid_key_id"]);
  });

  it("is not done while a queue has not heard of it: the others have, and asking again ends it", async () => {
    const game = newGame();
    const admin = await key("admin", game);
    const { id } = await mint(game, "write", admin);
    const [up, down] = [`${game}/enam/0`, `${game}/weur/0`];
    for (const name of [up, down]) expect(await queueNamed(env, name).admits([id])).toBe(true);

    const init = { method: "DELETE", headers: { Authorization: `Bearer ${admin}` } };
    const response = await app.request(
      `/v1/games/${game}/keys/${id}`,
      init,
      withQueuesDown((name) => name === down),
    );
    expect(response.headers.get("Retry-After")).toBe("5");
    expect([response.status, (await json(response)).detail]).toEqual([
      503,
      expect.stringContaining("the revocation is recorded"),
    ]);
    expect(await queueNamed(env, up).admits([id])).toBe(false);
    expect(await queueNamed(env, down).admits([id])).toBe(true);

    expect((await revoke(game, id, admin)).status).toBe(200);
    expect(await queueNamed(env, down).admits([id])).toBe(false);
  });
});

it("where nobody can say whether a key is revoked, it is not taken", async () => {
  const broken = { getByName: () => ({ isRevoked: () => Promise.reject(new Error("down")) }) };
  const headers = { Authorization: `Bearer ${await key("read")}` };
  const response = await app.request(
    "/v1/games/awesome_game/queue",
    { headers },
    { ...env, REGISTRY: broken },
  );
  expect(await outcomeOf(response)).toEqual([503, "registry_unreachable"]);
});
