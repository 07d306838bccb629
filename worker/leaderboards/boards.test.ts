import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { BoardFunction } from "../events/board.ts";
import { playerHash } from "../queue/player-hash.ts";
import type { Contest, Score } from "./standings.ts";

const AT = Date.UTC(2026, 10, 21, 12);
const SALT = "salt";

/** The boards of a game that no other test knows, and a queue that tells them things. */
function newBoards() {
  const game = `game-${crypto.randomUUID()}`;
  const boards = env.BOARDS.getByName(game);
  let upTo = 0;
  return {
    boards,
    hashOf: (user: string) => playerHash(SALT, game, user),
    tell(contest: Contest, scores: [user: string, score: Score][], queue = "q") {
      const after = upTo;
      upTo += 512;
      return boards.take({ queue, after, upTo, standings: [{ contest, scores }], salt: SALT });
    },
    rows: (table: string) =>
      runInDurableObject(
        boards,
        (_, { storage }) => storage.sql.exec(`SELECT * FROM ${table}`).toArray().length,
      ),
  };
}

const contest = (fn: BoardFunction, period = "all"): Contest => ({ board: `${fn}#1`, fn, period });
const score = (value: number, at = AT): Score => ({ units: BigInt(Math.round(value * 1e6)), at });
const numbered = (count: number): [string, Score][] =>
  Array.from({ length: count }, (_, place) => [`player_${place}`, score(count - place)]);

afterEach(() => {
  vi.useRealTimers();
});

describe("a board", () => {
  it("has the highest first, of equals the earlier, then by their names; and after an eviction likewise", async () => {
    const { boards, tell } = newBoards();
    await tell(contest("max"), [
      ["late", score(5, AT + 1)],
      ["b", score(5)],
      ["a", score(5)],
      ["best", score(7.25)],
      ["worst", score(-1)],
    ]);
    const page = {
      entries: [
        { rank: 1, user: "best", value: 7.25, at: AT },
        { rank: 2, user: "a", value: 5, at: AT },
        { rank: 3, user: "b", value: 5, at: AT },
        { rank: 4, user: "late", value: 5, at: AT + 1 },
        { rank: 5, user: "worst", value: -1, at: AT },
      ],
      total: 5,
    };
    expect(await boards.page(contest("max"), 0, 100)).toEqual(page);
    await evictDurableObject(boards);
    expect(await boards.page(contest("max"), 0, 100)).toEqual(page);
    expect(await boards.page(contest("max"), 1, 2)).toEqual({ entries: page.entries.slice(1, 3), total: 5 });
  });

  it("of the least has the lowest first", async () => {
    const { boards, tell } = newBoards();
    await tell(contest("min"), [["slow", score(9)]]);
    await tell(contest("min"), [["fast", score(3)]]);
    const { entries } = await boards.page(contest("min"), 0, 100);
    expect(entries.map(({ user }) => user)).toEqual(["fast", "slow"]);
  });

  it("adds decimals up exactly, and beyond 64 bits goes on with 15 digits", async () => {
    const { boards, tell } = newBoards();
    for (let i = 0; i < 10; i++) await tell(contest("sum"), [["ada", score(0.1)]]);
    const totalOf = async (user: string) => (await boards.around(contest("sum"), user, 0)).entries[0]?.value;
    expect(await totalOf("ada")).toBe(1);
    const units = 9_007_199_254_740_991_000_000n;
    for (let i = 0; i < 3; i++) await tell(contest("sum"), [["rich", { units, at: AT }]]);
    expect(await totalOf("rich")).toBe(27_021_597_764_223_000);
    await tell(contest("sum"), [["edge", { units: 9_223_372_036_854_775_807n, at: AT }]]);
    expect(await totalOf("edge")).toBe(9_223_372_036_854.78);
    await tell(contest("sum"), [["edge", { units: 1n, at: AT }]]);
    expect(await totalOf("edge")).toBe(9_223_372_036_854.78);
  });

  it("shows a player with those around, and one behind the first thousand alone, without a rank", async () => {
    const { boards, tell } = newBoards();
    await tell(contest("max"), numbered(1_001));
    const around = async (user: string, n: number) => {
      const { entries, total } = await boards.around(contest("max"), user, n);
      return [entries.map(({ rank, user }) => [rank, user]), total];
    };
    expect(await around("player_0", 1)).toEqual([
      [
        [1, "player_0"],
        [2, "player_1"],
      ],
      1_001,
    ]);
    expect(await around("player_999", 1)).toEqual([
      [
        [999, "player_998"],
        [1_000, "player_999"],
      ],
      1_001,
    ]);
    expect(await around("player_1000", 5)).toEqual([[[null, "player_1000"]], 1_001]);
    expect(await around("nobody", 5)).toEqual([[], 1_001]);
    expect((await boards.page(contest("max"), 998, 1_000)).entries.map(({ rank }) => rank)).toEqual([
      999, 1_000,
    ]);
  });

  it("that nobody is on is empty", async () => {
    const { boards } = newBoards();
    expect(await boards.page(contest("max"), 0, 100)).toEqual({ entries: [], total: 0 });
    expect(await boards.around(contest("max"), "ada", 5)).toEqual({ entries: [], total: 0 });
    expect(await boards.of([contest("max")], "ada")).toEqual([null]);
  });

  it("of too many players loses its last ones", async () => {
    const { boards, tell, rows } = newBoards();
    const many = numbered(110_001);
    for (let from = 0; from < many.length; from += 10_000)
      await tell(contest("max"), many.slice(from, from + 10_000));
    expect(await boards.page(contest("max"), 0, 1)).toMatchObject({
      entries: [{ user: "player_0" }],
      total: 100_000,
    });
    expect(await rows("score")).toBe(100_000);
    expect(await boards.of([contest("max")], "player_99999")).toMatchObject([{ rank: null, value: 10_002 }]);
    expect(await boards.of([contest("max")], "player_100000")).toEqual([null]);
  });

  it("is read through a tenth of a millisecond for each player after the last time at the earliest, but for an erasure", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: AT });
    const { boards, tell, hashOf } = newBoards();
    const leader = async () => (await boards.page(contest("max"), 0, 1)).entries[0]?.user;
    await tell(contest("max"), numbered(1_000));
    expect(await leader()).toBe("player_0");
    await tell(contest("max"), [["ada", score(5_000)]]);
    vi.setSystemTime(AT + 99);
    expect(await leader()).toBe("player_0");
    vi.setSystemTime(AT + 100);
    expect(await leader()).toBe("ada");
    await boards.erase({ user: "ada", hash: hashOf("ada") });
    expect(await leader()).toBe("player_0");
  });

  it("costs a row for each score that changes, and one for what is told, and none for a score that does not", async () => {
    const { boards, tell } = newBoards();
    await tell(contest("max"), [["ada", score(5)]]);
    const written = await runInDurableObject(boards, (instance, { storage }) => {
      let rows = 0;
      const { exec } = storage.sql;
      vi.spyOn(storage.sql, "exec").mockImplementation((query, ...bindings) => {
        const cursor = exec.call(storage.sql, query, ...bindings);
        rows += cursor.rowsWritten;
        return cursor as never;
      });
      const scores: [string, Score][] = [
        ["ada", score(4)],
        ["bo", score(4)],
      ];
      instance.take({
        queue: "q",
        after: 512,
        upTo: 1_024,
        standings: [{ contest: contest("max"), scores }],
        salt: SALT,
      });
      vi.restoreAllMocks();
      return rows;
    });
    expect(written).toBe(2);
  });
});

describe("what a queue tells", () => {
  it("counts once, however often it comes; a queue that is elsewhere is told where it was", async () => {
    const { boards } = newBoards();
    const told = (after: number, upTo: number, value: number) =>
      boards.take({
        queue: "q",
        after,
        upTo,
        standings: [{ contest: contest("sum"), scores: [["ada", score(value)]] }],
        salt: SALT,
      });
    expect(await told(0, 5, 1)).toEqual({ upTo: 5 });
    expect(await told(0, 5, 1)).toEqual({ upTo: 5 });
    expect(await told(0, 7, 3)).toEqual({ upTo: 5 });
    expect(await told(9, 12, 3)).toEqual({ upTo: 5 });
    expect(await told(5, 7, 2)).toEqual({ upTo: 7 });
    expect((await boards.page(contest("sum"), 0, 9)).entries).toEqual([
      { rank: 1, user: "ada", value: 3, at: AT },
    ]);
  });
});

describe("an erased player", () => {
  it("is taken off every board, and never comes back", async () => {
    const { boards, tell, hashOf } = newBoards();
    const both = async () =>
      (await boards.of([contest("max"), contest("sum", "2126-W01")], "ada")).map((e) => e?.value);
    await tell(contest("max"), [
      ["ada", score(5)],
      ["bo", score(4)],
    ]);
    await tell(contest("sum", "2126-W01"), [["ada", score(5)]]);
    await boards.erase({ user: "ada", hash: hashOf("ada") });
    expect(await both()).toEqual([undefined, undefined]);
    await evictDurableObject(boards);
    await tell(contest("max"), [["ada", score(9)]]);
    expect(await both()).toEqual([undefined, undefined]);
    expect(await boards.page(contest("max"), 0, 9)).toMatchObject({
      entries: [{ rank: 1, user: "bo" }],
      total: 1,
    });
  });
});

describe("a period", () => {
  it("is dropped 35 days after it ended, others are not, and what is told of it then is nothing", async () => {
    const { boards, tell, rows } = newBoards();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2126, 0, 2) });
    const [past, next] = [contest("max", "2126-01-01"), contest("max", "2126-01-02")];
    await tell(past, [["ada", score(5)]]);
    await tell(next, [["ada", score(6)]]);
    await tell(contest("max"), [["ada", score(6)]]);
    // One that ends with it is dropped in a run of its own, which comes at once.
    const beside = contest("min", "2126-01-01");
    await tell(beside, [["ada", score(5)]]);
    const due = await runInDurableObject(boards, (_, { storage }) => storage.getAlarm());
    expect(due).toBe(Date.UTC(2126, 0, 2) + 35 * 86_400_000);
    vi.setSystemTime(due ?? 0);
    await runDurableObjectAlarm(boards);
    expect(await boards.of([past, beside], "ada")).toMatchObject([null, { value: 5 }]);
    await runDurableObjectAlarm(boards);
    expect(await boards.of([beside], "ada")).toEqual([null]);
    expect(await boards.of([past, next, contest("max")], "ada")).toMatchObject([
      null,
      { value: 6 },
      { value: 6 },
    ]);
    expect([await rows("contest"), await rows("score")]).toEqual([2, 2]);
    expect(await runInDurableObject(boards, (_, { storage }) => storage.getAlarm())).toBe(
      (due ?? 0) + 86_400_000,
    );
    await tell(past, [["ada", score(7)]]);
    expect(await boards.of([past], "ada")).toEqual([null]);
  });
});
