import type { Session } from "../session.ts";
import { streamsRead } from "../transaction.ts";
import { Cursor } from "../translate/cursor.ts";
import { translate } from "../translate/expression.ts";
import { keyOf, nameAt, nameSql } from "../translate/names.ts";
import type { Scope } from "../translate/scope.ts";
import { quoted } from "../translate/text.ts";
import { splitAtCommas } from "../translate/tree.ts";
import { commentAt, commentOf, governanceAt, optionsAt } from "./options.ts";
import { type Creation, describe } from "./table.ts";

/** Creates a view, or puts it in the place of the one that exists. */
export async function createView(
  session: Session,
  creation: Creation,
  cursor: Cursor,
  scope: Scope,
): Promise<void> {
  const name = nameAt(cursor);
  const columns = splitAtCommas(cursor.takesGroup()?.items ?? []).map((part) => columnAt(new Cursor(part)));
  const comment = commentOf(optionsAt(cursor, "AS"));
  cursor.expect("AS");
  const query = cursor.rest();

  const how =
    creation === "IF NOT EXISTS"
      ? "CREATE VIEW IF NOT EXISTS"
      : creation === "CREATE"
        ? "CREATE VIEW"
        : "CREATE OR REPLACE VIEW";
  await session.run(`${how} ${nameSql(name, scope)} AS ${named(translate(query, scope), columns)}`);
  await describe(session, "VIEW", nameSql(name, scope), comment, columns);
  const streams = await streamsRead(session, query, scope);
  if (streams.length > 0) await session.remember("view over streams", keyOf(name, scope), streams);
  else await session.forget("view over streams", keyOf(name, scope));
}

/** The query with the names that the view gives its columns. DuckDB's own list of them would not take comments. */
function named(query: string, columns: readonly { name: string }[]): string {
  if (columns.length === 0) return query;
  return `SELECT * FROM (${query}) AS named (${columns.map(({ name }) => quoted(name)).join(", ")})`;
}

function columnAt(cursor: Cursor): { name: string; comment: string | undefined } {
  const [name = ""] = nameAt(cursor);
  let comment: string | undefined;
  while (!cursor.done) {
    const text = commentAt(cursor);
    if (text !== undefined) comment = text;
    else if (!governanceAt(cursor)) throw cursor.unknown("an attribute of a view's column like this");
  }
  return { name: name.toLowerCase(), comment };
}
