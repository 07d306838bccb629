import { contentOf, tokensOf } from "../../sql/lexer.ts";
import type { Session } from "../session.ts";
import { Cursor } from "../translate/cursor.ts";
import { translate } from "../translate/expression.ts";
import { keyOf, nameAt, nameSql } from "../translate/names.ts";
import type { Scope } from "../translate/scope.ts";
import { quoted } from "../translate/text.ts";
import { findKeyword, isKeyword, splitAtCommas, treeOf } from "../translate/tree.ts";
import { typeAt } from "../translate/types.ts";

/** Creates a SQL function of one value as a macro; arguments and result have the types that it says. */
export async function createFunction(session: Session, cursor: Cursor, scope: Scope): Promise<void> {
  const name = nameAt(cursor);
  const parameters = splitAtCommas(cursor.expectGroup().items).map((part) => {
    const inner = new Cursor(part);
    return { name: nameAt(inner).join(""), type: typeAt(inner).sql };
  });
  cursor.expect("RETURNS");
  if (isKeyword(cursor.peek(), "TABLE")) throw cursor.unknown("a function that returns a table");
  const type = typeAt(cursor).sql;
  const rest = cursor.rest();
  const language = findKeyword(rest, ["LANGUAGE"]);
  const body = rest.at(-1);
  const isSql = language < 0 || isKeyword(rest[language + 1], "SQL");
  if (!isSql || (body?.kind !== "body" && body?.kind !== "string"))
    throw cursor.unknown("a function that is not SQL");

  const words = new Map(
    parameters.map((it) => [it.name.toUpperCase(), `CAST(${quoted(it.name)} AS ${it.type})`]),
  );
  const tokens = tokensOf(contentOf(body)).map((token) => ({ ...token, line: token.line + body.line - 1 }));
  const value = translate(treeOf(tokens), { ...scope, words });
  const list = parameters.map((it) => quoted(it.name)).join(", ");
  await session.run(
    `CREATE OR REPLACE MACRO ${nameSql(name, scope)}(${list}) AS CAST((${value}) AS ${type})`,
  );
  await session.remember("function", keyOf(name, scope), null);
}
