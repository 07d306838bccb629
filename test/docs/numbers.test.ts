import { expect, it } from "vitest";
import { pages } from "./pages.ts";

/** The cells of every row of every table of a page. */
const rowsOf = (page: string) =>
  [...(pages.get(page) ?? "").matchAll(/^\| (.+) \|$/gm)].map(([, row = ""]) => row.split(" | "));

/** The table under a heading of the README. */
function tableOf(heading: string): string[][] {
  const [, section = ""] = (pages.get("README.md") ?? "").split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  const rows = [...own.matchAll(/^\| (.+) \|$/gm)].map(([, row = ""]) => row.split(" | "));
  return rows.slice(2);
}

const firstNumber = (cell = "") => /[\d,.]+/.exec(cell)?.[0].replace(/[,.]$/, "");

it("the README's drills are those that docs/drills.md measured", () => {
  const measured = rowsOf("docs/drills.md").map(([, acknowledged, lost, , duplicated, drained]) =>
    [acknowledged, lost, duplicated, drained].join(),
  );
  const shown = tableOf("Lose nothing").map(([, acknowledged, lost, duplicated, drained]) =>
    [acknowledged, firstNumber(lost), firstNumber(duplicated), drained].join(),
  );
  expect(shown.filter((row) => !measured.includes(row))).toEqual([]);
  expect(shown.length).toBeGreaterThan(3);
});

/** What bench/README.md has in the last column, by what the first one or two cells of its row say. */
const COSTS = new Map(
  rowsOf("bench/README.md").flatMap((cells) => {
    const dollars = `$${Number(cells.at(-1)).toFixed(2)}`;
    return [[`${cells[0]}`, dollars] as const, [`${cells[0]}, ${cells[1]}`, dollars] as const];
  }),
);

it("the README's costs are those that bench/README.md measured", () => {
  const shown = tableOf("What it costs");
  expect(shown).toEqual(
    shown.map(([events]) => [
      events,
      COSTS.get(`${events}, 16 at once`),
      COSTS.get(`${events}, 1 at a time`),
      COSTS.get(`${events} a request, the naive design`),
    ]),
  );
  expect(shown.length).toBe(3);
});

it("the README compares others with the cheapest and the dearest load, and tells a small game's costs, as measured", () => {
  const slow = (events: number) => COSTS.get(`${events} a request, a slow game: each delivered by itself`);
  const readme = pages.get("README.md");
  expect(readme).toContain(
    `[${COSTS.get("50, 64 at once")}–${COSTS.get("1, 1 at a time")?.slice(1)}](#what-it-costs)`,
  );
  expect(readme).toContain(`${slow(10)} at 10 a request and ${slow(1)} at 1`);
});
