import { isSymbol, isWord } from "../../snowflake/sql/lexer.ts";
import { statementsOf } from "../../snowflake/sql/statements.ts";

/** A WITH can stand before these, too. */
const CHANGES = ["INSERT", "UPDATE", "DELETE", "MERGE"];

/** Throws where `sql` is anything but one query, and says so: a question must not change what it asks about. */
export function requireQuestion(sql: string): void {
  const [statement, ...others] = statementsOf(sql);
  if (statement === undefined || others.length > 0)
    throw new RangeError(`one query is wanted; this is ${others.length === 0 ? "none" : others.length + 1}`);
  const { tokens } = statement;
  const [first] = tokens;
  const isQuery = isWord(first, "SELECT") || isWord(first, "WITH") || isSymbol(first, "(");
  const culprit = isQuery ? tokens.find((token) => CHANGES.some((change) => isWord(token, change))) : first;
  if (culprit !== undefined)
    throw new RangeError(`only queries are answered, SELECT … or WITH …; this one has ${culprit.text}`);
}
