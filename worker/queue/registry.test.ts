import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { playerHash } from "./player-hash.ts";
import { type MintedKey, registryOf } from "./registry.ts";

const registry = registryOf(env);

/** A game that no other test knows. */
const newGame = () => `game-${crypto.randomUUID()}`;

const aKey = (fields: Partial<MintedKey> = {}): MintedKey => ({
  id: crypto.randomUUID(),
  role: "write",
  name: "ios 1.4",
  created_at: "2026-11-21T12:00:00.000Z",
  created_by: "an-admin-key",
  ...fields,
});

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

const namesOf = async (game?: string) => (await registry.list(game)).map(({ name }) => name);

/** What the registry has on disk, as one text. */
const stored = () =>
  runInDurableObject(registry, (_, { storage }) => {
    const tables = storage.sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
    );
    const rows = tables.toArray().map(({ name }) => storage.sql.exec(`SELECT * FROM "${name}"`).toArray());
    return JSON.stringify(rows);
  });

describe("a queue", () => {
  it("is known from its birth on, once, and without trouble", async () => {
    const game = newGame();
    await registry.introduce(`${game}/weur/0`);
    await registry.introduce(`${game}/enam/1`);
    await registry.introduce(`${game}/weur/0`);
    expect(await registry.list(game)).toEqual([
      { name: `${game}/enam/1`, trouble: null },
      { name: `${game}/weur/0`, trouble: null },
    ]);
  });

  it("is listed with its own game, not with one whose name begins or looks alike", async () => {
    await Promise.all(
      ["a_b", "a_b2", "a-b", "axb", "a_"].map((game) => registry.introduce(`${game}/enam/0`)),
    );
    expect(await namesOf("a_b")).toEqual(["a_b/enam/0"]);
    expect(await namesOf()).toEqual(expect.arrayContaining(["a_b/enam/0", "a_b2/enam/0", "axb/enam/0"]));
  });

  it("in trouble says since when, why, and what to do, until it heals", async () => {
    const game = newGame();
    const name = `${game}/enam/0`;
    const trouble = {
      since: "2026-11-21T12:00:00.000Z",
      reason: "AccessDeniedException",
      advice: "allow it",
    };
    await registry.introduce(name);
    await registry.report(name, trouble);
    await registry.introduce(name);
    expect(await registry.list(game)).toEqual([{ name, trouble }]);
    await registry.report(name, { ...trouble, advice: null });
    expect(await registry.list(game)).toEqual([{ name, trouble: { ...trouble, advice: null } }]);
    await registry.report(name, null);
    expect(await registry.list(game)).toEqual([{ name, trouble: null }]);
  });

  it("is born knowing what its game refuses, and nothing of other games", async () => {
    const [game, other] = [newGame(), newGame()];
    await registry.revoke(game, "key-of-the-game", "admin");
    await registry.revoke("*", "key-for-all", "admin");
    await registry.revoke(game, "key-for-all", "admin");
    await registry.recordErasure(game, "user_12345", "admin");

    const birth = await registry.introduce(`${game}/enam/0`);
    expect(birth.revoked.toSorted()).toEqual(["key-for-all", "key-of-the-game"]);
    expect(birth.erased).toEqual([playerHash(birth.salt, game, "user_12345")]);

    expect(await registry.introduce(`${other}/enam/0`)).toEqual({
      salt: birth.salt,
      revoked: ["key-for-all"],
      erased: [],
      watchedUntil: 0,
    });
  });

  it("is born knowing that somebody watches its game, or is told of it", async () => {
    const game = newGame();
    await registry.introduce(`${game}/enam/0`);
    expect(await registry.watch(game, 1_795_305_600_000)).toEqual([`${game}/enam/0`]);
    expect((await registry.introduce(`${game}/weur/0`)).watchedUntil).toBe(1_795_305_600_000);
    expect(await registry.watch(game, 0)).toEqual([`${game}/enam/0`, `${game}/weur/0`]);
    expect((await registry.introduce(`${game}/apac/0`)).watchedUntil).toBe(0);
  });

  it("born while something is revoked or erased hears of it one way or the other", async () => {
    const game = newGame();
    const births = Array.from({ length: 20 }, (_, shard) => `${game}/enam/${shard}`);
    const atBirth = new Set<string>();
    const told = new Set<string>();
    await Promise.all(
      births.map(async (name, shard) => {
        if (shard === 10) {
          const revocation = await registry.revoke(game, "a-key", "admin");
          if (revocation.kind === "recorded") for (const queue of revocation.queues) told.add(queue);
        }
        if ((await registry.introduce(name)).revoked.includes("a-key")) atBirth.add(name);
      }),
    );
    expect([...new Set([...atBirth, ...told])].toSorted()).toEqual(births.toSorted());
  });
});

describe("a key", () => {
  it("that was minted is listed in its game alone, the oldest first, and is not revoked", async () => {
    const game = newGame();
    const first = aKey({ id: `z-${crypto.randomUUID()}` });
    const second = aKey({ id: `a-${first.id}`, name: null, created_at: "2026-11-22T12:00:00.000Z" });
    await registry.recordKey(game, second);
    await registry.recordKey(game, first);
    await registry.recordKey(newGame(), aKey());
    const unrevoked = { revoked_at: null, revoked_by: null };
    expect(await registry.keysOf(game)).toEqual([
      { ...first, ...unrevoked },
      { ...second, ...unrevoked },
    ]);
    expect(await registry.isRevoked(game, [first.id])).toBe(false);
  });

  it("is revoked once and for all: who asks again learns when it was", async () => {
    const game = newGame();
    const key = aKey();
    await registry.recordKey(game, key);
    await registry.introduce(`${game}/enam/0`);
    const revocation = await registry.revoke(game, key.id, "admin-1");
    expect(revocation).toEqual({
      kind: "recorded",
      key: { ...key, revoked_at: time, revoked_by: "admin-1" },
      queues: [`${game}/enam/0`],
    });
    expect(await registry.revoke(game, key.id, "admin-2")).toEqual(revocation);
    expect(await registry.keysOf(game)).toEqual([{ ...key, revoked_at: time, revoked_by: "admin-1" }]);
  });

  it("that the command line minted can be revoked, too, and is listed from then on", async () => {
    const game = newGame();
    await registry.revoke(game, "from-the-command-line", "admin");
    expect(await registry.keysOf(game)).toEqual([
      {
        id: "from-the-command-line",
        role: null,
        name: null,
        created_at: null,
        created_by: null,
        revoked_at: time,
        revoked_by: "admin",
      },
    ]);
  });

  it("of another game is let be", async () => {
    const game = newGame();
    const key = aKey();
    await registry.recordKey(game, key);
    expect(await registry.revoke(newGame(), key.id, "admin")).toEqual({ kind: "of_another_game" });
    expect(await registry.revoke("*", key.id, "admin")).toEqual({ kind: "of_another_game" });
    expect(await registry.isRevoked(game, [key.id])).toBe(false);
  });

  it("revoked in a game is revoked there alone; one for all games in all of them", async () => {
    const [game, other] = [newGame(), newGame()];
    const [local, global] = [crypto.randomUUID(), crypto.randomUUID()];
    await registry.revoke(game, local, "admin");
    const revocation = await registry.revoke("*", global, "admin");
    const isRevoked = (where: string, ids: string[]) => registry.isRevoked(where, ids);
    expect(await isRevoked(game, [local])).toBe(true);
    expect(await isRevoked(game, ["token", local])).toBe(true);
    expect(await isRevoked(other, [local])).toBe(false);
    expect(await isRevoked(other, [global])).toBe(true);
    expect(await isRevoked("*", [global])).toBe(true);
    expect(await isRevoked("*", [local])).toBe(false);
    expect(revocation).toMatchObject({ queues: await namesOf() });
  });
});

describe("an erasure", () => {
  it("is one and the same, however often it is asked for", async () => {
    const game = newGame();
    await registry.introduce(`${game}/enam/0`);
    const first = await registry.recordErasure(game, "user_12345", "admin-1");
    expect(first).toEqual({
      erasure: {
        erasure_id: expect.any(String),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        requested_at: time,
        requested_by: "admin-1",
        announced: false,
        events_purged: 0,
      },
      queues: [`${game}/enam/0`],
    });
    expect(await registry.recordErasure(game, "user_12345", "admin-2")).toEqual(first);
    expect((await registry.recordErasure(game, "user_2", "admin-1")).erasure.erasure_id).not.toBe(
      first.erasure.erasure_id,
    );
  });

  it("keeps what came of it", async () => {
    const game = newGame();
    const { erasure } = await registry.recordErasure(game, "user_12345", "admin");
    const { erasure: untouched } = await registry.recordErasure(game, "user_2", "admin");
    await registry.countPurged(erasure.erasure_id, 3);
    await registry.countPurged(erasure.erasure_id, 14);
    await registry.markAnnounced(erasure.erasure_id);
    const kept = await registry.erasuresOf(game);
    expect(kept).toHaveLength(2);
    expect(kept).toContainEqual({ ...erasure, announced: true, events_purged: 17 });
    expect(kept).toContainEqual(untouched);
  });

  it("does not store who it was, and another game's player of the same name has another hash", async () => {
    const [game, other] = [newGame(), newGame()];
    const user = "a-player-who-wants-to-be-forgotten";
    const { erasure } = await registry.recordErasure(game, user, "admin");
    const { erasure: elsewhere } = await registry.recordErasure(other, user, "admin");
    expect(elsewhere.hash).not.toBe(erasure.hash);
    const everything = await stored();
    expect(everything).toContain(erasure.hash);
    expect(everything).not.toContain(user);
  });
});

it("a player's hash depends on salt, game and player, and on where one ends and the next begins", () => {
  const hashes = [
    playerHash("salt", "game", "user"),
    playerHash("pepper", "game", "user"),
    playerHash("salt", "game2", "user"),
    playerHash("salt", "game", "user2"),
    playerHash("salt", "gameu", "ser"),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashes[0]).toBe("115116a76296ec133639c22a4caa9566869a0e9159b02ae65ff0e06eb0c27c6e");
});
