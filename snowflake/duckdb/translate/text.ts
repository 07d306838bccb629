import { contentOf, type Token } from "../../sql/lexer.ts";

/** A text as DuckDB's literal. Throws a RangeError on a NUL character: DuckDB's strings end there. */
export function literal(text: string): string {
  if (text.includes("\0")) throw new RangeError("a string of the harness cannot hold a NUL character");
  return `'${text.replaceAll("'", "''")}'`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Snowflake reads escapes in strings, DuckDB does not. Throws a SyntaxError on \u, \x and octal escapes: the lexer does not know them. */
export function stringLiteral(token: Token): string {
  if (token.kind === "string" && /(?<!\\)(?:\\\\)*\\[ux1-7]/.test(token.text))
    throw new SyntaxError(`line ${token.line}: the escape in ${token.text} is not known`);
  return literal(contentOf(token));
}
