import type { Cursor } from "./cursor.ts";
import { isPunctuation } from "./tree.ts";

export interface Type {
  /** What DuckDB calls it. */
  sql: string;
  family: "text" | "number" | "float" | "boolean" | "date" | "time" | "timestamp" | "variant";
  /** Digits of a second that are kept, where it is a timestamp. */
  fraction?: number;
}

const NAMES: Record<string, Type["family"] | "timestamp with zone"> = {
  VARCHAR: "text",
  STRING: "text",
  TEXT: "text",
  CHAR: "text",
  NUMBER: "number",
  DECIMAL: "number",
  NUMERIC: "number",
  INT: "number",
  INTEGER: "number",
  BIGINT: "number",
  FLOAT: "float",
  DOUBLE: "float",
  BOOLEAN: "boolean",
  DATE: "date",
  TIMESTAMP_NTZ: "timestamp",
  TIMESTAMP_LTZ: "timestamp with zone",
  TIMESTAMP_TZ: "timestamp with zone",
  VARIANT: "variant",
  OBJECT: "variant",
  ARRAY: "variant",
};

/** Reads a type. TIMESTAMP alone is refused: what it means is a setting of the session. Throws a NotUnderstood. */
export function typeAt(cursor: Cursor): Type {
  const node = cursor.next();
  const name = node.kind === "word" ? node.text.toUpperCase() : "";
  const family = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (family === undefined) throw cursor.unknown(`the type "${node.kind === "group" ? "(" : node.text}"`);
  const sizes = cursor.takesGroup()?.items.filter((item) => !isPunctuation(item, ","));
  const [first, second] = (sizes ?? []).map((size) =>
    Number(size.kind === "number" ? size.text : Number.NaN),
  );
  switch (family) {
    case "number":
      return { sql: `DECIMAL(${first ?? 38},${second ?? 0})`, family };
    case "timestamp":
      return { sql: "TIMESTAMP", family, fraction: first ?? 9 };
    case "timestamp with zone":
      return { sql: "TIMESTAMP WITH TIME ZONE", family: "timestamp", fraction: first ?? 9 };
    default:
      return { sql: DUCKDB_NAMES[family], family };
  }
}

const DUCKDB_NAMES = {
  text: "VARCHAR",
  float: "DOUBLE",
  boolean: "BOOLEAN",
  date: "DATE",
  time: "TIME",
  variant: "JSON",
} as const;
