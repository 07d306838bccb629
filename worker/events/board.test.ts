import { describe, expect, it } from "vitest";
import { type Board, boardsSchema, unitsOf } from "./board.ts";

const declared = (board: unknown, name = "board") => boardsSchema.safeParse({ my_game: { [name]: board } });

function boardOf(board: unknown): Board {
  const [parsed] = boardsSchema.parse({ my_game: { board } }).my_game ?? [];
  if (parsed === undefined) throw new Error("no board");
  return parsed;
}

const problemOf = (board: unknown, name?: string) =>
  declared(board, name).error?.issues.map(({ message }) => message);

describe("a board", () => {
  it("is declared as what of which events makes a player's value", () => {
    const where = { status: "complete", level: "world1/level3" };
    expect(boardOf({ value: "max(progression.score)", where, period: "week" })).toEqual({
      name: "board",
      value: "max(progression.score)",
      fn: "max",
      type: "progression",
      field: "score",
      where,
      period: "week",
      players_may_read: false,
      id: expect.stringMatching(/^board#[0-9a-f]{12}$/),
    });
    expect(boardOf({ value: "count(purchase)", period: "all" })).toMatchObject({
      type: "purchase",
      field: null,
    });
  });

  it("that players may read is the same board", () => {
    const declared = { value: "count(purchase)", period: "all" };
    const opened = { ...boardOf(declared), players_may_read: true };
    expect(boardOf({ ...declared, players_may_read: true })).toEqual(opened);
  });

  it("declared otherwise is another, whatever the order of its conditions", () => {
    const idOf = (value: string, where = {}) => boardOf({ value, where, period: "day" }).id;
    const where = { flow: "source", resource: "gold" };
    expect(idOf("sum(resource.amount)", where)).toBe(
      idOf("sum(resource.amount)", { resource: "gold", flow: "source" }),
    );
    const others = [
      idOf("sum(resource.amount)"),
      idOf("max(resource.amount)", where),
      idOf("count(resource)", where),
    ];
    expect(new Set([...others, idOf("sum(resource.amount)", where)]).size).toBe(4);
  });

  it.each([
    [
      { value: "max(progression.scores)", period: "day" },
      /progression has no number scores: .* score, attempt/,
    ],
    [{ value: "max(progression.level)", period: "day" }, /progression has no number level/],
    [{ value: "max(progression)", period: "day" }, /progression has no number/],
    [{ value: "max(progress.score)", period: "day" }, /no event type progress: .*progression/],
    [{ value: "max(constructor.name)", period: "day" }, /no event type constructor/],
    [{ value: "avg(progression.score)", period: "day" }, /value must be max, min, sum, count, last/],
    [{ value: "count(purchase.price)", period: "day" }, /count\(purchase\)/],
    [{ value: "count(purchase)", period: "month" }, /a period is day, week, all/],
    [{ value: "count(purchase)" }, /must be such as/],
    [{ value: "count(purchase)", period: "day", limit: 5 }, /must be such as/],
    [
      { value: "count(progression)", period: "day", where: { status: "completed" } },
      /status .* can never be "completed"/,
    ],
    [
      { value: "count(progression)", period: "day", where: { mood: "good" } },
      /progression has no field mood/,
    ],
    [{ value: "sum(purchase.price)", period: "day", where: { currency: "eur" } }, /upper case/],
  ])("declared as %j is refused, and what is wrong is named, but no game", (board, reason) => {
    expect(problemOf(board)).toEqual([expect.stringMatching(reason)]);
    expect(problemOf(board)?.join()).toMatch(/^board "board": /);
    expect(problemOf(board)?.join()).not.toContain("my_game");
  });

  it("has a name that can stand in a path, and is one of ten at most", () => {
    const board = { value: "count(purchase)", period: "day" };
    expect(problemOf(board, "a/b")).toEqual([expect.stringContaining("a name is 1–64 of")]);
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, place) => [`board_${place}`, board]));
    expect(boardsSchema.safeParse({ my_game: many(10) }).success).toBe(true);
    expect(boardsSchema.safeParse({ my_game: many(11) }).error?.issues.map(({ message }) => message)).toEqual(
      ["a game may have 10 boards at most"],
    );
  });
});

describe("what an event brings to a board", () => {
  const gold = boardOf({
    value: "sum(resource.amount)",
    where: { flow: "source", resource: "gold" },
    period: "day",
  });
  const event = { event_type: "resource", flow: "source", resource: "gold", amount: 12.5 };

  it("is its value in millionths, where it is what the board asks for", () => {
    expect(unitsOf(gold, event)).toBe(12_500_000n);
    expect(unitsOf(gold, { ...event, flow: "sink" })).toBeUndefined();
    expect(unitsOf(gold, { ...event, event_type: "custom" })).toBeUndefined();
    expect(unitsOf(gold, { ...event, amount: undefined })).toBeUndefined();
  });

  it.each([
    [0, 0n],
    [-0.000001, -1n],
    [0.1 + 0.2, 300_000n],
    [4.99, 4_990_000n],
    [9_007_199_254_740_991, 9_007_199_254_740_991_000_000n],
    [123_456_789_012.345, 123_456_789_012_345_001n],
    [1e30, 10n ** 6n * BigInt(1e30)],
    ["4.99", 4_990_000n],
    ["0.000001", 1n],
    ["999999999999999.9999", 999_999_999_999_999_999_900n],
    ["7", 7_000_000n],
  ])("of %s is %s", (amount, units) => {
    expect(unitsOf(gold, { ...event, amount })).toBe(units);
  });

  it("is nothing where the number is beyond all measure", () => {
    expect(unitsOf(gold, { ...event, amount: 1.1e30 })).toBeUndefined();
  });

  it("may hang on what the collector vouches for", () => {
    const paid = boardOf({ value: "sum(purchase.price)", where: { verified: true }, period: "all" });
    const purchase = { event_type: "purchase", price: "4.99" };
    expect(unitsOf(paid, { ...purchase, verified: true })).toBe(4_990_000n);
    expect(unitsOf(paid, { ...purchase, verified: false })).toBeUndefined();
    expect(unitsOf(paid, purchase)).toBeUndefined();
  });

  it("is one, of an event that is counted", () => {
    const purchases = boardOf({ value: "count(purchase)", period: "all" });
    expect(unitsOf(purchases, { event_type: "purchase" })).toBe(1_000_000n);
  });
});
