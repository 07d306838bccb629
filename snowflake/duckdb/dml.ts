/** Statements that change rows: their grammar is read, so that what DuckDB writes otherwise can be put right. */
import { Cursor } from "./translate/cursor.ts";
import { translate } from "./translate/expression.ts";
import { keyOf, nameAt, nameSql } from "./translate/names.ts";
import type { Scope } from "./translate/scope.ts";
import { quoted } from "./translate/text.ts";
import {
  findKeyword,
  isGroup,
  isKeyword,
  isPunctuation,
  type Node,
  splitAtCommas,
} from "./translate/tree.ts";

export interface Change {
  sql: string;
  /** The table that is changed, as it is kept: `schema.name` in lower case. */
  target: string;
  /** Whether it can bring new rows. */
  inserts: boolean;
  /**
   * Of a MERGE: a query that gives a row if a row of the target would be updated by more than one of the source. To Snowflake that
   * is an error (https://docs.snowflake.com/en/sql-reference/sql/merge#nondeterministic-results-for-update-and-delete); DuckDB takes any.
   */
  ambiguity?: string | undefined;
}

/** Whether a statement is one of these. */
export function isChange(nodes: readonly Node[]): boolean {
  return isKeyword(nodes[0], "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE");
}

/** Throws a NotUnderstood or a SyntaxError. */
export function translateChange(nodes: readonly Node[], scope: Scope): Change {
  const cursor = new Cursor(nodes);
  if (cursor.takes("INSERT", "INTO")) return insert(cursor, scope);
  if (cursor.takes("UPDATE")) return update(cursor, scope);
  if (cursor.takes("DELETE", "FROM")) return remove(cursor, scope);
  if (cursor.takes("MERGE", "INTO")) return merge(cursor, scope);
  if (cursor.takes("TRUNCATE", "TABLE")) return truncate(cursor, scope);
  throw cursor.unknown("this kind of change");
}

function insert(cursor: Cursor, scope: Scope): Change {
  const name = nameAt(cursor);
  const group = cursor.takesGroup();
  const columns = group ? ` (${columnNames(group.items)})` : "";
  const rows = translate(cursor.rest(), scope);
  return {
    sql: `INSERT INTO ${nameSql(name, scope)}${columns} ${rows}`,
    target: keyOf(name, scope),
    inserts: true,
  };
}

function update(cursor: Cursor, scope: Scope): Change {
  const { key, sql } = target(cursor, scope);
  cursor.expect("SET");
  const rest = cursor.rest();
  const end = findKeyword(rest, ["FROM", "WHERE"]);
  const assignments = assign(end < 0 ? rest : rest.slice(0, end), scope);
  const from = end < 0 ? "" : ` ${translate(rest.slice(end), scope)}`;
  return { sql: `UPDATE ${sql} SET ${assignments}${from}`, target: key, inserts: false };
}

function remove(cursor: Cursor, scope: Scope): Change {
  const { key, sql } = target(cursor, scope);
  return { sql: `DELETE FROM ${sql} ${translate(cursor.rest(), scope)}`, target: key, inserts: false };
}

function truncate(cursor: Cursor, scope: Scope): Change {
  const { key, sql } = target(cursor, scope);
  cursor.expectEnd();
  return { sql: `DELETE FROM ${sql}`, target: key, inserts: false };
}

function merge(cursor: Cursor, scope: Scope): Change {
  const { key, sql, alias } = target(cursor, scope);
  cursor.expect("USING");
  const rest = cursor.rest();
  const on = findKeyword(rest, ["ON"]);
  const clauses = findKeyword(rest, ["WHEN"]);
  const source = translate(rest.slice(0, on), scope);
  const condition = translate(rest.slice(on + 1, clauses), scope);
  const whens = whenClauses(rest.slice(clauses)).map((clause) => whenClause(clause, scope));
  const updates = whens.flatMap(({ updates }) => updates ?? []);
  return {
    sql: `MERGE INTO ${sql} USING ${source} ON ${condition} ${whens.map((when) => when.sql).join(" ")}`,
    target: key,
    inserts: true,
    ambiguity:
      updates.length === 0
        ? undefined
        : `SELECT 1 FROM ${sql} JOIN ${source} ON (${condition}) AND (${updates.join(" OR ")})
           GROUP BY ${alias}.rowid HAVING count(*) > 1 LIMIT 1`,
  };
}

function whenClauses(nodes: readonly Node[]): Node[][] {
  const clauses: Node[][] = [];
  for (let at = 0; at < nodes.length; ) {
    const next = findKeyword(nodes, ["WHEN"], at + 1);
    const end = next < 0 ? nodes.length : next;
    clauses.push(nodes.slice(at, end));
    at = end;
  }
  return clauses;
}

/** A clause, and which of the matched rows it updates. */
function whenClause(nodes: readonly Node[], scope: Scope): { sql: string; updates: string | undefined } {
  const cursor = new Cursor(nodes);
  cursor.expect("WHEN");
  const not = cursor.takes("NOT") ? "NOT " : "";
  cursor.expect("MATCHED");
  const rest = cursor.rest();
  const then = findKeyword(rest, ["THEN"]);
  const condition = isKeyword(rest[0], "AND") ? `(${translate(rest.slice(1, then), scope)})` : undefined;
  const action = mergeAction(new Cursor(rest.slice(then + 1)), scope);
  return {
    sql: `WHEN ${not}MATCHED${condition === undefined ? "" : ` AND ${condition}`} THEN ${action}`,
    updates: action.startsWith("UPDATE") ? (condition ?? "true") : undefined,
  };
}

function mergeAction(cursor: Cursor, scope: Scope): string {
  if (cursor.takes("DELETE")) {
    cursor.expectEnd();
    return "DELETE";
  }
  if (cursor.takes("UPDATE", "SET")) return `UPDATE SET ${assign(cursor.rest(), scope)}`;
  cursor.expect("INSERT");
  const group = cursor.takesGroup();
  const columns = group ? ` (${columnNames(group.items)})` : "";
  cursor.expect("VALUES");
  const values = translate(cursor.expectGroup().items, scope);
  cursor.expectEnd();
  return `INSERT${columns} VALUES (${values})`;
}

interface Target {
  /** As it is kept. */
  key: string;
  /** With its alias, for a FROM. */
  sql: string;
  /** What its columns are written with. */
  alias: string;
}

function target(cursor: Cursor, scope: Scope): Target {
  const name = nameAt(cursor);
  const next = cursor.peek();
  const hasAlias = cursor.takes("AS") || (next?.kind === "word" && !isKeyword(next, "SET", "USING", "WHERE"));
  const alias = hasAlias ? nameAt(cursor).map(quoted).join(".") : undefined;
  const table = nameSql(name, scope);
  return { key: keyOf(name, scope), sql: alias ? `${table} AS ${alias}` : table, alias: alias ?? table };
}

/** `t.a = …, b = …`: DuckDB wants the columns without their table. */
function assign(nodes: readonly Node[], scope: Scope): string {
  return splitAtCommas(nodes)
    .map((part) => {
      const cursor = new Cursor(part);
      const column = nameAt(cursor).at(-1) ?? "";
      cursor.expectSymbol("=");
      return `${quoted(column)} = ${translate(cursor.rest(), scope)}`;
    })
    .join(", ");
}

export function columnNames(items: readonly Node[]): string {
  return splitAtCommas(items)
    .map((part) => quoted(nameAt(new Cursor(part)).join(".")))
    .join(", ");
}

/** Every name in a statement, as tables are kept; columns are among them. */
export function namesIn(nodes: readonly Node[], scope: Scope): Set<string> {
  const names = new Set<string>();
  const walk = (level: readonly Node[]) => {
    level.forEach((node, index) => {
      if (isGroup(node, "(") || isGroup(node, "[")) walk(node.items);
      else if (node.kind === "word" && !isPunctuation(level[index - 1], ".")) {
        const cursor = new Cursor(level.slice(index));
        names.add(keyOf(dottedName(cursor), scope));
      }
    });
  };
  walk(nodes);
  return names;
}

function dottedName(cursor: Cursor): string[] {
  const parts: string[] = [];
  do {
    const node = cursor.peek();
    if (node?.kind !== "word") break;
    parts.push(node.text);
    cursor.next();
  } while (cursor.takesSymbol("."));
  return parts;
}
