import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gameIdSchema } from "../events/schemas.ts";
import { registryOf } from "./registry.ts";
import { COLLECTOR_QUEUE, queueChooser, queuesOf, shardOf } from "./shards.ts";

it("the collector's own queue can be no game's", () => {
  expect(COLLECTOR_QUEUE).toBe("_collector/enam/0");
  expect(gameIdSchema.safeParse("_collector").success).toBe(false);
});

describe("a player's queue", () => {
  it.each([
    ["NA", "enam"],
    ["SA", "sam"],
    ["EU", "weur"],
    ["AS", "apac"],
    ["OC", "oc"],
    ["AF", "afr"],
    ["AN", "enam"],
    ["T1", "enam"],
    [undefined, "enam"],
  ])("is near home: from continent %s in %s", (continent, region) => {
    expect(queueChooser(continent, {})("awesome_game", "ada")).toBe(`awesome_game/${region}/0`);
  });

  it("is one of as many as the game has shards", () => {
    const queueOf = queueChooser("EU", { hot_game: 3 });
    fc.assert(
      fc.property(fc.string({ maxLength: 128 }), (user) => {
        expect(["hot_game/weur/0", "hot_game/weur/1", "hot_game/weur/2"]).toContain(
          queueOf("hot_game", user),
        );
        expect(queueOf("quiet_game", user)).toBe("quiet_game/weur/0");
        expect(queueOf("constructor", user)).toBe("constructor/weur/0");
      }),
    );
  });

  it("stays the same, release after release", () => {
    const users = ["", "user_12345", "ada", "Ünïcødé 🎮", "00000000-0000-4000-8000-000000000000"];
    expect(users.map((user) => shardOf(user, 64))).toEqual([11, 42, 14, 0, 35]);
  });

  it("is as likely one as another, however players are named", () => {
    const PLAYERS = 20_000;
    const names: ((n: number) => string)[] = [
      (n) => `user_${n}`,
      (n) => String(n * 64),
      (n) => `${n}${n}`,
      (n) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`,
      (n) => "x".repeat(n % 128) + n,
    ];
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 64 }), fc.constantFrom(...names), (shards, nameOf) => {
        const counts = new Array<number>(shards).fill(0);
        for (let n = 0; n < PLAYERS; n++) (counts[shardOf(nameOf(n), shards)] as number)++;
        // Five standard deviations of a fair draw.
        const fair = PLAYERS / shards;
        const slack = 5 * Math.sqrt(fair);
        for (const count of counts) expect(Math.abs(count - fair)).toBeLessThan(slack);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a game's queues", () => {
  it("are all that were ever used, and no other game's", async () => {
    const names = ["game_a/enam/0", "game_a/weur/7", "game_a_b/enam/0"];
    for (const name of names) await registryOf(env).report(name, null);
    expect(await queuesOf(env, "game_a")).toEqual(["game_a/enam/0", "game_a/weur/7"]);
    expect(await queuesOf(env, "never_seen")).toEqual([]);
  });
});
