import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sketch, writePlayerBits } from "./sketch.ts";

const sketchOf = (users: Iterable<string>) => {
  const sketch = new Sketch();
  const bits = new Uint32Array(2);
  for (const user of users) {
    writePlayerBits(user, bits, 0);
    sketch.add(bits[0] ?? 0, bits[1] ?? 0);
  }
  return sketch;
};

const players = (count: number, nameOf = (n: number) => `user_${n}`) =>
  Array.from({ length: count }, (_, n) => nameOf(n));

/** The root of the mean square of what estimates are off by, as a share, over groups of players with other names. */
function errorOf(count: number, groups: number): number {
  const squares = Array.from({ length: groups }, (_, group) => {
    const estimate = sketchOf(players(count, (n) => `${group}:${n}`)).estimate();
    return (estimate / count - 1) ** 2;
  });
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / groups);
}

describe("the number of players", () => {
  it("is exact for a handful of them, however often they come", () => {
    for (const count of [0, 1, 2, 3, 10, 20])
      expect(sketchOf([...players(count), ...players(count)]).estimate()).toBe(count);
  });

  it.each([100, 1_000, 5_000, 20_000])("has a standard error of 2.3 percent: among %i", (count) => {
    // 40 groups tell a standard error to a ninth of itself: the bound is 3.5 of those above it.
    expect(errorOf(count, 40)).toBeLessThan(0.023 * 1.4);
  });

  it.each([
    ["counted", (n: number) => String(n)],
    ["UUIDs", () => crypto.randomUUID()],
    [
      "of one length and nearly alike",
      (n: number) => `player-${"0".repeat(40)}${String(n).padStart(6, "0")}`,
    ],
    ["told apart by their beginning", (n: number) => `${String(n).padStart(6, "0")}-${"x".repeat(40)}`],
  ])("does not depend on how players are named: %s", (_, nameOf) => {
    expect(Math.abs(sketchOf(players(20_000, nameOf)).estimate() / 20_000 - 1)).toBeLessThan(4 * 0.023);
  });

  it("of several sketches is that of one that saw everything, in any order, also through storage", () => {
    const groups = fc.array(fc.array(fc.string(), { maxLength: 200 }), { maxLength: 4 });
    fc.assert(
      fc.property(groups, (users) => {
        const stored = users.map((group) => Sketch.parse(String(sketchOf(group))));
        expect(String(Sketch.union(stored.toReversed()))).toBe(String(sketchOf(users.flat())));
      }),
    );
  });
});

describe("a sketch as it is stored", () => {
  it("takes little for few players, and 2 KiB at most", () => {
    expect(String(new Sketch())).toBe("");
    expect(String(sketchOf(players(1)))).toHaveLength(4);
    expect(String(sketchOf(players(50_000)))).toHaveLength(Math.ceil(2_048 / 3) * 4);
  });

  it("is the same when it is read back, few or many", () => {
    for (const count of [1, 600, 900, 50_000]) {
      const stored = String(sketchOf(players(count)));
      expect(String(Sketch.parse(stored))).toBe(stored);
    }
  });
});
