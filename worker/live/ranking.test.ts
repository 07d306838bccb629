import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ranking } from "./ranking.ts";

const named = (field: string) => ({ field });

describe("a ranking", () => {
  it("shows the most frequent first, and equals in the order of their names", () => {
    const ranking = new Ranking(10);
    for (const field of ["b", "c", "a", "c"]) ranking.add(named(field), 1);
    expect(ranking.top(2)).toEqual([
      { fields: { field: "c" }, count: 2, example: "" },
      { fields: { field: "a" }, count: 1, example: "" },
    ]);
  });

  it("keeps the first example of a kind, until all are dropped; then the next", () => {
    const ranking = new Ranking(10);
    ranking.add(named("a"), 1, "first");
    ranking.add(named("a"), 1, "second");
    expect(ranking.top()).toEqual([{ fields: { field: "a" }, count: 2, example: "first" }]);
    ranking.dropExamples();
    expect(ranking.top()).toEqual([{ fields: { field: "a" }, count: 2, example: "" }]);
    ranking.add(named("a"), 1, "third");
    expect(ranking.top()[0]?.example).toBe("third");
  });

  it("never grows beyond its bound, never counts too high, and keeps what comes often, whatever strangers send", () => {
    const strangers = fc.array(fc.nat(1_000), { maxLength: 400 });
    fc.assert(
      fc.property(strangers, (fields) => {
        const ranking = new Ranking(8);
        const counts = new Map<string, number>();
        for (const field of fields.flatMap((n) => [`stranger ${n}`, "often"])) {
          ranking.add(named(field), 1);
          counts.set(field, (counts.get(field) ?? 0) + 1);
          expect(ranking.top(100).length).toBeLessThanOrEqual(8);
        }
        for (const { fields, count } of ranking.top())
          expect(count).toBeLessThanOrEqual(counts.get(fields.field ?? "") ?? 0);
        if (fields.length > 0) {
          const often = ranking.top().find(({ fields }) => fields.field === "often");
          expect(often?.count).toBe(fields.length);
        }
      }),
    );
  });
});
