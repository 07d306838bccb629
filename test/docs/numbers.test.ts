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

it("the README's costs are those that bench/README.md measured", () => {
  const measured = new Map(
    rowsOf("bench/README.md").map((cells) => [`${cells[0]}, ${cells[1]}`, Number(cells.at(-1))]),
  );
  const naive = new Map(rowsOf("bench/README.md").map((cells) => [cells[0], Number(cells.at(-1))]));
  const dollars = (amount: number | undefined) => `$${amount?.toFixed(2)}`;
  const shown = tableOf("What it costs");
  expect(shown).toEqual(
    shown.map(([events]) => [
      events,
      dollars(measured.get(`${events}, 16 at once`)),
      dollars(measured.get(`${events}, 1 at a time`)),
      dollars(naive.get(`${events} a request, the naive design`)),
    ]),
  );
  expect(shown.length).toBe(3);
});
