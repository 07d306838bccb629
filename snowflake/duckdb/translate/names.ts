import type { Cursor } from "./cursor.ts";
import type { Scope } from "./scope.ts";
import { quoted } from "./text.ts";
import { isPunctuation } from "./tree.ts";

/** The parts of a name such as `a.b.c` or `t.*`, without quotes. */
export type Name = readonly string[];

/** Reads a name with its dots. Throws a NotUnderstood where none stands. */
export function nameAt(cursor: Cursor): Name {
  const parts: string[] = [];
  do {
    if (parts.length > 0 && cursor.takesSymbol("*")) return [...parts, "*"];
    const node = cursor.next();
    if (node.kind === "word") parts.push(node.text);
    else if (node.kind === "quoted") parts.push(node.text.slice(1, -1).replaceAll('""', '"'));
    else throw cursor.unknown("a name like this");
  } while (takesDot(cursor));
  return parts;
}

function takesDot(cursor: Cursor): boolean {
  return isPunctuation(cursor.peek(), ".") && cursor.takesSymbol(".");
}

const LITERALS = new Set(["NULL", "TRUE", "FALSE"]);

/** The name for DuckDB: without the database, as a file is one; in quotes, as columns are called timestamp and the like. */
export function nameSql(name: Name, scope: Scope): string {
  const [only, ...more] = name;
  if (only !== undefined && more.length === 0 && LITERALS.has(only.toUpperCase())) return only.toUpperCase();
  return withoutDatabase(name, scope)
    .map((part) => (part === "*" ? part : quoted(part)))
    .join(".");
}

/** A table's name as it is kept: in lower case, without the database. */
export function keyOf(name: Name, scope: Scope): string {
  return withoutDatabase(name, scope).join(".").toLowerCase();
}

function withoutDatabase(name: Name, { database }: Scope): Name {
  const [first, ...rest] = name;
  if (rest.length < 2 || first === undefined) return name;
  const isOurs = database !== undefined && first.toLowerCase() === database;
  return isOurs || first.toUpperCase() === "SNOWFLAKE" ? rest : name;
}
