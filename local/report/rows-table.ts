import type { Row } from "../../snowflake/duckdb/index.ts";
import { formatTable } from "../table.ts";

/** Rows as a table for people; `–` is NULL. */
export function rowsTable(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return "no rows";
  const header = Object.keys(first);
  const prose = header.filter((name) => rows.every((row) => typeof row[name] !== "number"));
  return formatTable(
    header,
    rows.map((row) => header.map((name) => cellOf(row[name]))),
    prose.filter((name) => rows.some((row) => Number.isNaN(Number(row[name])))),
  );
}

function cellOf(value: Row[string] | undefined): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value).replace(SPARE_ZEROS, "$1");
}

/** A decimal comes with all the places of its type; two are enough where the others are zeros. */
const SPARE_ZEROS = /^(-?\d+\.\d\d\d*?)0+$/;
