import type { Session } from "../session.ts";
import type { Cursor } from "../translate/cursor.ts";
import { keyOf, nameAt, nameSql } from "../translate/names.ts";
import type { Scope } from "../translate/scope.ts";
import { isKeyword } from "../translate/tree.ts";
import { optionsAt } from "./options.ts";
import type { Creation } from "./table.ts";

/** Creates an append-only stream: a table of the same columns, which new rows are put into as well (transaction.ts). */
export async function createStream(
  session: Session,
  creation: Creation,
  cursor: Cursor,
  scope: Scope,
): Promise<void> {
  const name = nameAt(cursor);
  cursor.expect("ON", "TABLE");
  const table = nameAt(cursor);
  const options = optionsAt(cursor);
  if (!isKeyword(options.get("APPEND_ONLY")?.[0], "TRUE"))
    throw cursor.unknown("a stream that is not append-only");
  const exists = (await session.recall("stream", keyOf(name, scope))) !== undefined;
  if (exists && creation === "IF NOT EXISTS") return;
  if (creation === "OR REPLACE" || creation === "OR ALTER")
    throw cursor.unknown("a stream that replaces another");
  await session.run(`CREATE TABLE ${nameSql(name, scope)} AS FROM ${nameSql(table, scope)} LIMIT 0`);
  await session.remember("stream", keyOf(name, scope), keyOf(table, scope));
}
