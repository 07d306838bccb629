import { init, parse } from "@guanmingchiu/sqlparser-ts";
import { closingOf, isSymbol, isWord, type Token } from "../sql/lexer.ts";
import { findWords, itemsOf, sqlOf, wordsAt } from "./tokens.ts";
import { type Unit, withoutInto } from "./units.ts";

await init();

/** A piece of the parser's tree. */
export type Node = null | boolean | number | string | Node[] | { [key: string]: Node };

export type Parsed = { ok: true; tree: Node } | { ok: false; message: string; line: number };

/**
 * Reads SQL strictly, as Snowflake's. Undefined: the unit is of a kind that the parser does not know (a
 * STREAM, say); the rules on
 * statements judge it.
 */
export function parsed(unit: Unit): Parsed | undefined {
  const sql = sqlFor(unit);
  if (sql === undefined) return undefined;
  try {
    return { ok: true, tree: parse(sql, "snowflake") as unknown as Node };
  } catch (error) {
    const [, text, line] =
      /(?:sql parser error: )?(.*?)(?: at Line: (\d+).*)?$/s.exec(String((error as Error).message)) ?? [];
    return { ok: false, message: text ?? "", line: (unit.tokens[0]?.line ?? 1) + Number(line ?? 1) - 1 };
  }
}

function sqlFor({ kind, tokens, creation }: Unit): string | undefined {
  if (kind === "expression") return `SELECT ${sqlOf(tokens)}`;
  if (kind === "sql" && isWord(tokens[0], "CALL")) return sqlOf(beforeInto(tokens));
  if (kind === "sql") return sqlOf(isWord(tokens[0], "COPY") ? withoutCasts(tokens) : withoutInto(tokens));
  if (creation?.type === "TABLE") return sqlOf(withoutVirtual(withoutWay(tokens)));
  if (creation?.type === "VIEW") return sqlOf(withoutCopyGrants(withoutWay(tokens)));
  return undefined;
}

/** The parser does not know `CALL procedure() INTO :result`. */
function beforeInto(tokens: readonly Token[]): Token[] {
  const into = findWords(tokens, "INTO");
  return into < 0 ? [...tokens] : tokens.slice(0, into);
}

/** The parser does not know casts in a COPY: `SELECT $1:id::VARCHAR FROM @stage`. A rule refuses them. */
function withoutCasts(tokens: readonly Token[]): Token[] {
  return tokens.filter((token, at) => !isSymbol(token, "::") && !isSymbol(tokens[at - 1], "::"));
}

/** The parser does not know `CREATE OR ALTER`. */
function withoutWay(tokens: readonly Token[]): Token[] {
  return wordsAt(tokens, 1, "OR ALTER") ? [...tokens.slice(0, 1), ...tokens.slice(3)] : [...tokens];
}

/** The parser does not know `COPY GRANTS` of a view. */
function withoutCopyGrants(tokens: readonly Token[]): Token[] {
  const at = findWords(tokens, "COPY GRANTS");
  return at < 0 ? [...tokens] : [...tokens.slice(0, at), ...tokens.slice(at + 2)];
}

/** The parser does not know virtual columns: `event_date DATE AS (timestamp::DATE)`. */
function withoutVirtual(tokens: readonly Token[]): Token[] {
  const open = tokens.findIndex((token) => isSymbol(token, "("));
  if (open < 0) return [...tokens];
  const close = closingOf(tokens, open);
  const columns = itemsOf(tokens.slice(open + 1, close)).map((item) => {
    const at = findWords(item, "AS");
    return at > 0 && isSymbol(item[at + 1], "(")
      ? [...item.slice(0, at), ...item.slice(closingOf(item, at + 1) + 1)]
      : item;
  });
  const comma: Token = { kind: "symbol", text: ",", start: 0, end: 0, line: 0 };
  const joined = columns.flatMap((item, index) => {
    const before = columns[index - 1]?.at(-1);
    return before ? [{ ...comma, start: before.end, end: before.end, line: before.line }, ...item] : item;
  });
  return [...tokens.slice(0, open + 1), ...joined, ...tokens.slice(close)];
}

/**
 * The line of the file that the parser's tree names with a node: that of its first name; undefined: it has
 * none.
 */
export function lineOf(node: Node | undefined, unit: Unit): number | undefined {
  const found = /"start":\{"line":(\d+)/.exec(JSON.stringify(node ?? null));
  const line = Number(found?.[1] ?? 0);
  return line > 0 ? (unit.tokens[0]?.line ?? 1) + line - 1 : undefined;
}
