import type { Cursor } from "./cursor.ts";
import { translate } from "./expression.ts";
import { nameAt, nameSql } from "./names.ts";
import type { Scope } from "./scope.ts";
import { quoted } from "./text.ts";
import { isKeyword, isPunctuation, type Node } from "./tree.ts";

/** What may follow a join's condition on its level. */
const ENDS =
  `WHERE GROUP HAVING QUALIFY ORDER LIMIT UNION EXCEPT INTERSECT JOIN LEFT RIGHT FULL INNER CROSS NATURAL
  ASOF LATERAL WINDOW`.split(/\s+/);

/**
 * `ASOF JOIN t MATCH_CONDITION (…) ON …`. Rows of the left side without a match stay, with NULLs: in DuckDB that is ASOF LEFT JOIN
 * (https://docs.snowflake.com/en/sql-reference/constructs/asof-join).
 */
export function asofJoinAt(cursor: Cursor, scope: Scope): string {
  cursor.expect("ASOF", "JOIN");
  const group = cursor.takesGroup();
  const table = group ? `(${translate(group.items, scope)})` : nameSql(nameAt(cursor), scope);
  const hasAlias = cursor.takes("AS") || !isKeyword(cursor.peek(), "MATCH_CONDITION");
  const alias = hasAlias ? ` AS ${nameAt(cursor).map(quoted).join(".")}` : "";
  cursor.expect("MATCH_CONDITION");
  const match = translate(cursor.expectGroup().items, scope);
  if (isKeyword(cursor.peek(), "USING")) throw cursor.unknown("USING in an ASOF JOIN: ON says the same");
  const on = cursor.takes("ON") ? ` AND (${translate(conditionAt(cursor), scope)})` : "";
  return `ASOF LEFT JOIN ${table}${alias} ON (${match})${on}`;
}

function conditionAt(cursor: Cursor): Node[] {
  const condition: Node[] = [];
  let cases = 0;
  while (!cursor.done) {
    const node = cursor.peek();
    if (isKeyword(node, "CASE")) cases++;
    if (isKeyword(node, "END")) cases--;
    if (cases === 0 && (isKeyword(node, ...ENDS) || isPunctuation(node, ","))) break;
    condition.push(cursor.next());
  }
  return condition;
}
