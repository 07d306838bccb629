import type { Session } from "../session.ts";
import { atomically, streamsOn } from "../transaction.ts";
import { Cursor } from "../translate/cursor.ts";
import { translate } from "../translate/expression.ts";
import { keyOf, nameAt, nameSql } from "../translate/names.ts";
import type { Scope } from "../translate/scope.ts";
import { literal, quoted } from "../translate/text.ts";
import { findKeyword, isKeyword, type Node, splitAtCommas } from "../translate/tree.ts";
import { typeAt } from "../translate/types.ts";
import { commentAt, commentOf, governanceAt, optionsAt } from "./options.ts";

interface Column {
  name: string;
  type: string;
  /** NOT NULL, DEFAULT, CHECK. */
  constraints: string;
  notNull: boolean;
  comment: string | undefined;
}

/** How the statement begins. */
export type Creation = "CREATE" | "IF NOT EXISTS" | "OR REPLACE" | "OR ALTER";

/**
 * Creates a table. One that exists gains what columns its definition gained. Throws an Error where a column was lost or has another
 * type: those are changes to think about. Likewise where a new one stands before others, which Snowflake refuses:
 * https://docs.snowflake.com/en/sql-reference/sql/create-table#create-or-alter-table-usage-notes
 */
export async function createTable(
  session: Session,
  creation: Creation,
  cursor: Cursor,
  scope: Scope,
): Promise<void> {
  const name = nameAt(cursor);
  const [schema, table] = [name.at(-2) ?? "main", name.at(-1) ?? ""];
  const parts = splitAtCommas(cursor.expectGroup().items);
  const columns = parts
    .filter((part) => !isConstraint(part))
    .map((part) => columnAt(new Cursor(part), scope));
  const checks = parts.filter(isConstraint).flatMap((part) => checkOf(part, scope));
  const comment = commentOf(optionsAt(cursor));

  const present = await columnsOf(session, schema, table);
  if (creation === "OR ALTER" && present.size > 0) await alter(session, keyOf(name, scope), present, columns);
  else {
    const how = creation === "OR REPLACE" ? "CREATE OR REPLACE TABLE" : "CREATE TABLE";
    const absent = creation === "IF NOT EXISTS" ? "IF NOT EXISTS " : "";
    const body = [...columns.map(columnSql), ...checks].join(", ");
    await session.run(`${how} ${absent}${nameSql(name, scope)} (${body})`);
  }
  await describe(session, "TABLE", nameSql(name, scope), comment, columns);
}

function isConstraint(part: readonly Node[]): boolean {
  return isKeyword(part[0], "CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK");
}

/** Of the constraints Snowflake enforces CHECK alone; keys are documentation. */
function checkOf(part: readonly Node[], scope: Scope): string[] {
  const at = findKeyword(part, ["CHECK"]);
  if (at < 0) return [];
  return [`CHECK ${translate(part.slice(at + 1, at + 2), scope)}`];
}

const ATTRIBUTES = [
  "NOT",
  "NULL",
  "DEFAULT",
  "COMMENT",
  "PRIMARY",
  "UNIQUE",
  "CHECK",
  "WITH",
  "MASKING",
  "TAG",
];

function columnAt(cursor: Cursor, scope: Scope): Column {
  const [name = ""] = nameAt(cursor);
  const column: Column = {
    name: name.toLowerCase(),
    type: typeAt(cursor).sql,
    constraints: "",
    notNull: false,
    comment: undefined,
  };
  while (!cursor.done) {
    const comment = commentAt(cursor);
    if (comment !== undefined) column.comment = comment;
    else if (cursor.takes("NOT", "NULL")) column.notNull = true;
    else if (cursor.takes("DEFAULT"))
      column.constraints += ` DEFAULT (${translate(defaultAt(cursor), scope)})`;
    else if (cursor.takes("CHECK"))
      column.constraints += ` CHECK (${translate(cursor.expectGroup().items, scope)})`;
    else if (
      !cursor.takes("PRIMARY", "KEY") &&
      !cursor.takes("UNIQUE") &&
      !cursor.takes("NULL") &&
      !governanceAt(cursor)
    )
      throw cursor.unknown("an attribute of a column like this");
  }
  return column;
}

function defaultAt(cursor: Cursor): Node[] {
  const nodes: Node[] = [];
  while (!cursor.done && !isKeyword(cursor.peek(), ...ATTRIBUTES)) nodes.push(cursor.next());
  return nodes;
}

function columnSql({ name, type, constraints, notNull }: Column): string {
  return `${quoted(name)} ${type}${notNull ? " NOT NULL" : ""}${constraints}`;
}

async function columnsOf(session: Session, schema: string, table: string): Promise<Map<string, string>> {
  const rows = await session.rows(
    `SELECT column_name, data_type FROM duckdb_columns()
     WHERE database_name = current_database() AND schema_name = ${literal(schema.toLowerCase())}
       AND table_name = ${literal(table.toLowerCase())}`,
  );
  return new Map(rows.map(({ column_name, data_type }) => [String(column_name), String(data_type)]));
}

async function alter(
  session: Session,
  key: string,
  present: Map<string, string>,
  columns: Column[],
): Promise<void> {
  for (const name of present.keys())
    if (!columns.some((column) => column.name === name))
      throw new Error(`${key} would lose its column ${name}`);
  const lastPresent = columns.findLastIndex(({ name }) => present.has(name));
  for (const [index, column] of columns.entries()) {
    const type = present.get(column.name);
    if (type === undefined && index < lastPresent)
      throw new Error(`${key} may gain ${column.name} at the end of its columns only`);
    if (type === undefined) await addColumn(session, key, column);
    else if (type !== column.type)
      throw new Error(`${key}.${column.name} is ${type}; it cannot become ${column.type}`);
  }
}

async function addColumn(session: Session, key: string, column: Column): Promise<void> {
  if (column.notNull)
    throw new Error(`${key} has rows that ${column.name}, NOT NULL, would have no value in`);
  for (const table of [key, ...(await streamsOn(session, key))])
    await session.run(
      `ALTER TABLE ${table} ADD COLUMN ${quoted(column.name)} ${column.type}${column.constraints}`,
    );
}

/** Keeps the comments, where `Warehouse.columns()` finds them. */
export async function describe(
  session: Session,
  kind: "TABLE" | "VIEW",
  name: string,
  comment: string | undefined,
  columns: readonly Pick<Column, "name" | "comment">[],
): Promise<void> {
  const sql = columns
    .filter((column) => column.comment !== undefined)
    .map((column) => `COMMENT ON COLUMN ${name}.${quoted(column.name)} IS ${literal(column.comment ?? "")}`);
  if (comment !== undefined) sql.push(`COMMENT ON ${kind} ${name} IS ${literal(comment)}`);
  if (sql.length > 0) await atomically(session, () => session.run(sql.join(";")));
}
