import { closingOf, isSymbol, isWord, type Token } from "../sql/lexer.ts";
import { findWords, nameAt, wordsAt } from "./tokens.ts";

/** A piece of a Snowflake Scripting block. */
export interface Piece {
  /** `variable`: a declaration with nothing to check. */
  kind: "sql" | "expression" | "variable";
  tokens: readonly Token[];
  /** The variables that it may use, in upper case. */
  variables: ReadonlySet<string>;
  /** It runs between BEGIN TRANSACTION and COMMIT or ROLLBACK. */
  inTransaction: boolean;
}

/**
 * Takes a block apart: https://docs.snowflake.com/en/developer-guide/snowflake-scripting/blocks. Known are
 * declarations, LET,
 * assignments, IF, FOR over a cursor, RETURN, RAISE, EXCEPTION and SQL; anything else comes out as SQL,
 * which the parser refuses.
 */
export function piecesOf(block: readonly Token[], inputs: readonly string[]): Piece[] {
  const variables = new Set(inputs);
  const pieces: Piece[] = [];
  let declaring = false;
  let inTransaction = false;
  const add = (kind: Piece["kind"], tokens: readonly Token[]) => {
    if (tokens.length > 0) pieces.push({ kind, tokens, variables: new Set(variables), inTransaction });
  };
  const declare = (tokens: readonly Token[]) => {
    variables.add(nameAt(tokens, 0).parts[0] ?? "");
    const cursor = findWords(tokens, "CURSOR FOR");
    const value = tokens.findIndex((token) => isSymbol(token, ":=") || isWord(token, "DEFAULT"));
    if (cursor > 0) add("sql", tokens.slice(cursor + 2));
    else add(value < 0 ? "variable" : "expression", value < 0 ? tokens : tokens.slice(value + 1));
  };
  for (let rest of statementsIn(block)) {
    for (;;) {
      const next = afterKeyword(rest);
      if (!next) break;
      if (isWord(rest[0], "DECLARE")) declaring = true;
      if (isWord(rest[0], "BEGIN")) declaring = false;
      if (isWord(rest[0], "FOR")) variables.add(nameAt(rest, 1).parts[0] ?? "");
      if (next.inner) add(isWord(rest[0], "FOR") ? "sql" : "expression", next.inner);
      rest = next.rest;
    }
    if (rest.length === 0 || isWord(rest[0], "END") || (rest.length === 1 && isWord(rest[0], "RAISE")))
      continue;
    if (declaring) declare(rest);
    else if (isWord(rest[0], "LET")) declare(rest.slice(1));
    else if (isWord(rest[0], "RETURN")) add("expression", rest.slice(1));
    else if (isSymbol(rest[1], ":=")) add("expression", rest.slice(2));
    else {
      if (wordsAt(rest, 0, "BEGIN TRANSACTION")) inTransaction = true;
      if (isWord(rest[0], "COMMIT") || isWord(rest[0], "ROLLBACK")) inTransaction = false;
      add("sql", rest);
    }
  }
  return pieces;
}

function statementsIn(block: readonly Token[]): Token[][] {
  const statements: Token[][] = [[]];
  for (const token of block) {
    if (isSymbol(token, ";")) statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements;
}

/** What comes after a keyword that no semicolon ends, and the condition or query between. */
function afterKeyword(tokens: readonly Token[]): { rest: Token[]; inner?: Token[] } | undefined {
  const [first] = tokens;
  const after = (count: number, inner?: Token[]) => ({ rest: tokens.slice(count), inner });
  if (isWord(first, "BEGIN") && !isWord(tokens[1], "TRANSACTION")) return after(1);
  if (["DECLARE", "EXCEPTION", "ELSE"].some((word) => isWord(first, word))) return after(1);
  if (isWord(first, "WHEN")) return after(findWords(tokens, "THEN") + 1);
  if (isWord(first, "FOR")) {
    const query = isSymbol(tokens[3], "(") ? tokens.slice(4, closingOf(tokens, 3)) : undefined;
    return after(findWords(tokens, "DO") + 1, query);
  }
  if ((isWord(first, "IF") || isWord(first, "ELSEIF")) && isSymbol(tokens[1], "(")) {
    const close = closingOf(tokens, 1);
    if (isWord(tokens[close + 1], "THEN")) return after(close + 2, tokens.slice(2, close));
  }
  return undefined;
}
