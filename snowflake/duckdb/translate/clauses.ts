import { asofJoinAt } from "./asof.ts";
import type { Cursor } from "./cursor.ts";
import { translate } from "./expression.ts";
import { nameAt } from "./names.ts";
import type { Scope } from "./scope.ts";
import { tableFunctionAt } from "./table-functions.ts";
import { quoted } from "./text.ts";
import { isGroup, isKeyword, type Node } from "./tree.ts";
import { KEYWORDS } from "./words.ts";

/** Parts of a query whose grammar is not that of values. Nothing where none stands. */
export function clauseAt(cursor: Cursor, scope: Scope, previous: Node | undefined): string | undefined {
  if (isKeyword(cursor.peek(), "AS") && !isGroup(cursor.peek(1))) return aliasAt(cursor, scope);
  if (cursor.takes("NULLS", "FIRST")) return "NULLS FIRST";
  if (cursor.takes("NULLS", "LAST")) return "NULLS LAST";
  if (cursor.takes("GROUPING", "SETS")) return "GROUPING SETS";
  if (isKeyword(cursor.peek(), "ASOF")) return asofJoinAt(cursor, scope);
  if (isKeyword(cursor.peek(), "LATERAL", "TABLE")) return tableFunctionAt(cursor, scope);
  if (isKeyword(cursor.peek(), "VALUES") && isKeyword(previous, "FROM", "JOIN"))
    return valuesAt(cursor, scope);
  return commonTableAt(cursor, scope);
}

/** `AS name` or `AS name (columns)`: whatever the name is, it is one. */
function aliasAt(cursor: Cursor, scope: Scope): string {
  cursor.expect("AS");
  const alias = nameAt(cursor).map(quoted).join(".");
  const columns = cursor.takesGroup();
  return `AS ${alias}${columns ? ` (${translate(columns.items, scope)})` : ""}`;
}

/** `name (columns) AS (query)`. */
function commonTableAt(cursor: Cursor, scope: Scope): string | undefined {
  const name = cursor.peek();
  const columns = cursor.peek(1);
  if (name?.kind !== "word" || KEYWORDS.has(name.text.toUpperCase()) || !isGroup(columns)) return undefined;
  if (!isKeyword(cursor.peek(2), "AS") || !isGroup(cursor.peek(3))) return undefined;
  const query = cursor.peek(3);
  for (let taken = 0; taken < 4; taken++) cursor.next();
  return `${quoted(name.text)} (${translate(columns.items, scope)}) AS (${isGroup(query) ? translate(query.items, scope) : ""})`;
}

/** `FROM VALUES (…), (…)`, which DuckDB wants in parentheses. */
function valuesAt(cursor: Cursor, scope: Scope): string {
  cursor.expect("VALUES");
  const rows: string[] = [];
  do rows.push(`(${translate(cursor.expectGroup().items, scope)})`);
  while (isGroup(cursor.peek(1)) && cursor.takesSymbol(","));
  return `(VALUES ${rows.join(", ")})`;
}
