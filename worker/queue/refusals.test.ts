import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import {
  append,
  ENDING,
  events,
  expectBalanced,
  firehose,
  NO_COUNTS,
  newQueue,
  type Queue,
  settle,
} from "../testing/queue.ts";
import { parcelOf } from "./parcel.ts";
import { playerHash } from "./player-hash.ts";
import { registryOf } from "./registry.ts";

afterEach(() => firehose.fault("none"));

const offer = async (queue: Queue, numbers: number[], keys: string[]) => {
  const [reception] = await queue.append([parcelOf(events(numbers), ENDING, { ...NO_COUNTS, keys })]);
  return reception?.kind;
};

/** Erases a player as the Worker does: the registry first, then the queue. */
const erase = async (queue: Queue, user: string) => {
  const {
    erasure: { hash },
  } = await registryOf(env).recordErasure(gameOf(queue), user, "admin-key");
  return (await queue.erase({ user, hash })).purged;
};

const gameOf = (queue: Queue) => queue.name?.split("/")[0] ?? "";

/** All that is stored of a player, wherever it stands. */
const tracesOf = (queue: Queue, user: string) =>
  runInDurableObject(queue, (_, { storage }) => {
    const blobs = ["SELECT lines AS text FROM outbox", "SELECT line AS text FROM dead_letter"].flatMap(
      (query) => storage.sql.exec<{ text: ArrayBuffer }>(query).toArray(),
    );
    return blobs.filter(({ text }) => new TextDecoder().decode(text).includes(`"${user}"`)).length;
  });

describe("a key that is revoked", () => {
  it("fails at its next call, after an eviction too; others go on", async () => {
    const queue = newQueue();
    expect(await offer(queue, [1], ["stolen"])).toBe("taken");
    await queue.revoke(["stolen"]);
    expect([await offer(queue, [2], ["stolen"]), await offer(queue, [3], ["good"])]).toEqual([
      "revoked",
      "taken",
    ]);
    await evictDurableObject(queue);
    expect(await offer(queue, [4], ["stolen"])).toBe("revoked");
    expect([await queue.admits(["stolen"]), await queue.admits(["good"])]).toEqual([false, true]);
    const stats = await queue.stats();
    expectBalanced(stats);
    expect(stats.totals.accepted).toBe(2);
  });

  it("takes the tokens with it that it minted", async () => {
    const queue = newQueue();
    await queue.revoke(["server-key"]);
    expect(await offer(queue, [1], ["player-token", "server-key"])).toBe("revoked");
  });

  it("fails at a queue that is born later, before it takes anything", async () => {
    const queue = newQueue();
    await registryOf(env).revoke(gameOf(queue), "stolen", "admin-key");
    expect(await offer(queue, [1], ["stolen"])).toBe("revoked");
    expect((await queue.stats()).totals.accepted).toBe(0);
  });
});

describe("a player who is erased", () => {
  it("is taken out of what waits and of dead letters, and nobody else is", async () => {
    const queue = newQueue();
    await firehose.fault("refuse_record", 1, '"n":1,');
    await append(queue, [1], { user: "ada" });
    await append(queue, [2], { user: "bo" });
    await settle(queue);
    await append(queue, [3, 4], { user: "ada" });
    await append(queue, [5], { user: "bo" });
    const mixed = [...events([6], { user: "ada" }), ...events([7], { user: "bo" })];
    await queue.append([parcelOf(mixed, ENDING, NO_COUNTS)]);
    expect((await queue.stats()).dead_letters.events).toBe(1);

    expect(await erase(queue, "ada")).toBe(4);
    const stats = await queue.stats();
    expectBalanced(stats);
    expect(stats.depth.events).toBe(2);
    expect(stats.dead_letters).toEqual({ events: 0, bytes: 0 });
    expect([await tracesOf(queue, "ada"), await tracesOf(queue, "bo")]).toEqual([0, 2]);

    await firehose.fault("none");
    await settle(queue);
    expect((await queue.stats()).totals).toMatchObject({ accepted: 7, delivered: 3, erased: 4 });
  });

  it("is suppressed from then on: accepted, not stored, counted; nobody else of the batch is", async () => {
    const queue = newQueue();
    await append(queue, [1], { user: "bo" });
    expect(await erase(queue, "ada")).toBe(0);
    await evictDurableObject(queue);
    const mixed = [
      ...events([2], { user: "ada" }),
      ...events([3], { user: "bo" }),
      ...events([4], { user: "ada" }),
    ];
    const [reception] = await queue.append([parcelOf(mixed, ENDING, NO_COUNTS)]);
    expect(reception).toEqual({ kind: "taken", duplicates: [] });
    const stats = await queue.stats();
    expectBalanced(stats);
    expect([stats.totals.accepted, stats.totals.erased, stats.depth.events]).toEqual([4, 2, 2]);
    expect(await tracesOf(queue, "ada")).toBe(0);
  });

  it("is suppressed by a queue that is born later", async () => {
    const queue = newQueue();
    await registryOf(env).recordErasure(gameOf(queue), "ada", "admin-key");
    await append(queue, [1], { user: "ada" });
    expect([(await queue.stats()).totals.erased, await tracesOf(queue, "ada")]).toEqual([1, 0]);
  });

  it("is taken out of what comes in the same moment, and of a delivery that fails meanwhile", async () => {
    const queue = newQueue();
    await append(queue, [1], { user: "ada" });
    const {
      erasure: { hash },
    } = await registryOf(env).recordErasure(gameOf(queue), "ada", "admin-key");
    await firehose.fault("unavailable");
    await runInDurableObject(queue, async (instance) => {
      const parcel = parcelOf(events([2], { user: "ada" }), ENDING, NO_COUNTS);
      await Promise.all([instance.append([parcel]), instance.flush(), instance.erase({ user: "ada", hash })]);
    });
    const stats = await queue.stats();
    expectBalanced(stats);
    expect([stats.depth.events, stats.delivery.state, await tracesOf(queue, "ada")]).toEqual([
      0,
      "closed",
      0,
    ]);
  });

  it("leaves no line about rejected events behind, nor gets new ones", async () => {
    const queue = newQueue();
    const rejections = ["ada", "bo"].map((user) => ({
      user,
      line: new TextEncoder().encode(`{"user_id":"${user}"}\n`),
    }));
    await append(queue, [], { keys: ["k"], rejected: 2, rejections });
    expect(await tracesOf(queue, "ada")).toBe(1);
    await erase(queue, "ada");
    await append(queue, [], { keys: ["k"], rejected: 2, rejections });
    expect([await tracesOf(queue, "ada"), await tracesOf(queue, "bo")]).toEqual([0, 2]);
  });

  it("is kept as a hash only", async () => {
    const queue = newQueue();
    await append(queue, [1], { user: "ada.lovelace" });
    await erase(queue, "ada.lovelace");
    const hashes = await runInDurableObject(queue, (_, { storage }) =>
      storage.sql.exec<{ hash: string }>("SELECT hash FROM erased_player").toArray(),
    );
    const { salt } = await registryOf(env).introduce(queue.name ?? "");
    expect(hashes).toEqual([{ hash: playerHash(salt, gameOf(queue), "ada.lovelace") }]);
  });
});
