import type { Paths } from "./paths.ts";
import { literal } from "./text.ts";
import type { Type } from "./types.ts";

/** A value as it is being read. */
export interface Operand {
  sql: string;
  /** Where in the VARIANT `sql` it is, as DuckDB writes paths: `$."a"."b"[0]`. */
  path?: string;
  /** Whether it is a string as written: of no JSON, and of whatever type is wanted. */
  literal?: boolean;
}

/** One step further into a VARIANT. */
export function withStep({ sql, path = "$" }: Operand, step: string | number): Operand {
  return { sql, path: path + (typeof step === "number" ? `[${step}]` : `."${step.replaceAll('"', '\\"')}"`) };
}

export function sqlOf({ sql, path }: Operand): string {
  return path === undefined ? sql : `json_extract(${sql}, ${literal(path)})`;
}

/** A cast. A string within a VARIANT loses its quotes, as in Snowflake; in DuckDB a JSON string would keep them. */
export function castOf(operand: Operand, type: Type, paths: Paths | undefined): Operand {
  if (type.family === "variant")
    return { sql: operand.path === undefined ? `to_json(${operand.sql})` : sqlOf(operand) };
  const text = textOf(operand, paths);
  if (type.family === "text") return { sql: text ?? `sf.to_varchar(${operand.sql})` };
  const cast = `CAST(${text ?? operand.sql} AS ${type.sql})`;
  if (type.family !== "timestamp" || type.fraction === undefined || type.fraction >= 6) return { sql: cast };
  return { sql: `sf.with_fraction(${cast}, ${type.fraction})` };
}

function textOf({ sql, path, literal: isLiteral }: Operand, paths: Paths | undefined): string | undefined {
  if (path !== undefined) return paths?.text(sql, path) ?? `json_extract_string(${sql}, ${literal(path)})`;
  return isLiteral ? `CAST(${sql} AS VARCHAR)` : undefined;
}
