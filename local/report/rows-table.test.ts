import { expect, it } from "vitest";
import { rowsTable } from "./rows-table.ts";

it("aligns words left and numbers right, shortens decimals, and shows NULL", () => {
  const rows = [
    { game: "a", day: "2026-11-20", users: 9, revenue: "12.500000", share: null, version: { major: 1 } },
    { game: "bc", day: "2026-11-21", users: 10, revenue: "0.123400", share: 0.5, version: null },
  ];
  expect(rowsTable(rows)).toBe(
    [
      "game   day          users   revenue   share   version",
      "─────────────────────────────────────────────────────────",
      'a      2026-11-20       9     12.50       –   {"major":1}',
      "bc     2026-11-21      10    0.1234     0.5   –",
    ].join("\n"),
  );
});

it("says that there are none", () => {
  expect(rowsTable([])).toBe("no rows");
});
