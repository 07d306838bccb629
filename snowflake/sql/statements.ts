import { isSymbol, type Token, tokensOf } from "./lexer.ts";

/** One statement of a file. */
export interface Statement {
  /** As written, without the semicolon. */
  text: string;
  /** Its tokens; their places are those in the file. */
  tokens: readonly Token[];
  /** The line of the file that it begins on, from 1. */
  line: number;
  /** The how-manieth statement of its file, from 1. */
  number: number;
}

/** Splits SQL at its semicolons; those in strings, comments and bodies do not count. */
export function statementsOf(sql: string): Statement[] {
  const statements: Statement[] = [];
  let tokens: Token[] = [];
  const end = () => {
    const [first] = tokens;
    const last = tokens.at(-1);
    if (first && last) {
      const text = sql.slice(first.start, last.end);
      statements.push({ text, tokens, line: first.line, number: statements.length + 1 });
    }
    tokens = [];
  };
  for (const token of tokensOf(sql)) {
    if (isSymbol(token, ";")) end();
    else tokens.push(token);
  }
  end();
  return statements;
}
