import { describe, expect, it } from "vitest";
import { relationsOf } from "../reference/relations.ts";
import { sqlFiles } from "../sql/files.ts";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";

const marts = sqlFiles(DEFAULT_SETTINGS)
  .filter(({ name }) => name.startsWith("4"))
  .flatMap(({ sql }) => relationsOf(sql));

describe("every mart", () => {
  it.each(marts)(
    "says what a row is and what each column means: $name",
    ({ name, kind, comment, columns }) => {
      expect(kind).toBe("view");
      expect(name).toMatch(/^marts\.[a-z_]+$/);
      expect(comment).toMatch(/^One row per ./);
      expect(columns.length).toBeGreaterThan(1);
      expect(columns.filter((column) => column.comment.trim().length < 5)).toEqual([]);
    },
  );

  it("says the unit of money and of time in the name and in the meaning", () => {
    const columns = marts.flatMap(({ columns }) => columns);
    const money = columns.filter(({ name }) => name.endsWith("_usd"));
    expect(money.filter(({ comment }) => !comment.includes("USD"))).toEqual([]);
    const moments = columns.filter(({ name }) => /(_at|_date|^timestamp)$/.test(name));
    expect(moments.filter(({ comment }) => !comment.includes("UTC"))).toEqual([]);
    const lengths = columns.filter(({ name }) => name.includes("seconds"));
    expect(lengths.filter(({ comment }) => !/seconds/i.test(comment))).toEqual([]);
    const shares = columns.filter(({ name }) => /(_rate|^stickiness|^share_\w+)$/.test(name));
    expect(shares.filter(({ comment }) => !comment.includes("0 to 1"))).toEqual([]);
  });
});
