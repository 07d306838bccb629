import { contentOf, tokensOf } from "../../sql/lexer.ts";
import { Cursor } from "./cursor.ts";
import { translate } from "./expression.ts";
import { nameAt, nameSql } from "./names.ts";
import type { Scope } from "./scope.ts";
import { isGroup, isPunctuation, type Node, splitAtCommas } from "./tree.ts";

/** `LATERAL FLATTEN(…)`, `TABLE(…)` of a function, or `TABLE(name)`. */
export function tableFunctionAt(cursor: Cursor, scope: Scope): string {
  if (cursor.takes("LATERAL")) {
    if (isGroup(cursor.peek())) return "LATERAL";
    return tableFunction(cursor, scope);
  }
  cursor.expect("TABLE");
  const inner = new Cursor(cursor.expectGroup().items);
  const sql =
    isGroup(inner.peek(1)) || isPunctuation(inner.peek(1), ".")
      ? tableFunction(inner, scope)
      : named(inner, scope);
  inner.expectEnd();
  return sql;
}

function named(cursor: Cursor, scope: Scope): string {
  const node = cursor.peek();
  if (node?.kind !== "string") return nameSql(nameAt(cursor), scope);
  cursor.next();
  return nameSql(nameAt(new Cursor(tokensOf(contentOf(node)))), scope);
}

function tableFunction(cursor: Cursor, scope: Scope): string {
  const line = cursor.line;
  const name = nameAt(cursor);
  if (!isGroup(cursor.peek())) return nameSql(name, scope);
  const call = { ...argumentsOf(cursor.expectGroup().items, scope), line };
  const last = name.at(-1)?.toUpperCase() ?? "";
  const isSchemaInformation = name.at(-2)?.toUpperCase() === "INFORMATION_SCHEMA";
  if (name.length === 1 && last === "FLATTEN") return flatten(call, cursor);
  if (name.length === 1 && last === "GENERATOR") return generator(call, cursor);
  if (isSchemaInformation && HISTORIES.has(last))
    return `(SELECT * FROM account_usage.${last.toLowerCase()})`;
  throw cursor.unknown(`the table function ${name.join(".")}`);
}

interface Call {
  named: ReadonlyMap<string, string>;
  line: number;
}

/** `name => value, …`; an argument without a name is INPUT's. */
function argumentsOf(items: readonly Node[], scope: Scope): Pick<Call, "named"> {
  const named = new Map<string, string>();
  for (const part of splitAtCommas(items)) {
    const [name, arrow] = part;
    const isNamed = name?.kind === "word" && isPunctuation(arrow, "=>");
    named.set(isNamed ? name.text.toUpperCase() : "INPUT", translate(isNamed ? part.slice(2) : part, scope));
  }
  return { named };
}

/** One row per element; nothing for what is neither an array nor an object (https://docs.snowflake.com/en/sql-reference/functions/flatten). */
function flatten({ named }: Call, cursor: Cursor): string {
  const input = named.get("INPUT");
  if (input === undefined || named.size > 1) throw cursor.unknown("FLATTEN with other arguments than INPUT");
  return `LATERAL (
    SELECT
      CASE json_type(parents.input) WHEN 'OBJECT' THEN elements.key END AS key,
      CASE json_type(parents.input) WHEN 'ARRAY' THEN CAST(elements.key AS BIGINT) END AS index,
      elements.value AS value,
      parents.input AS this
    FROM (SELECT ${input} AS input) AS parents, LATERAL json_each(parents.input) AS elements
    WHERE json_type(parents.input) IN ('OBJECT', 'ARRAY')
  )`;
}

/** Rows to count with: of a calendar, say. */
function generator({ named }: Call, cursor: Cursor): string {
  const count = named.get("ROWCOUNT");
  if (count === undefined || named.size > 1)
    throw cursor.unknown("GENERATOR with other arguments than ROWCOUNT");
  return `(SELECT range AS "sf_seq" FROM range(${count}))`;
}

/** Of these the harness has tables of its own, which the arguments of the call are not applied to. */
const HISTORIES = new Set([
  "COPY_HISTORY",
  "TASK_HISTORY",
  "PIPE_USAGE_HISTORY",
  "WAREHOUSE_METERING_HISTORY",
  "POLICY_REFERENCES",
]);
