import { closingOf, isSymbol, isWord, type Token } from "../sql/lexer.ts";

/** Whether these keywords stand at a place, one after the other: `wordsAt(tokens, 0, "CREATE OR ALTER")`. */
export function wordsAt(tokens: readonly Token[], at: number, words: string): boolean {
  return words.split(" ").every((word, index) => isWord(tokens[at + index], word));
}

/** Where these keywords first stand, outside parentheses, from a place on; -1: nowhere. */
export function findWords(tokens: readonly Token[], words: string, from = 0): number {
  for (let at = from; at < tokens.length; at++) {
    if (wordsAt(tokens, at, words)) return at;
    if (isSymbol(tokens[at], "(")) at = closingOf(tokens, at);
  }
  return -1;
}

/** A name, as written with dots, in upper case unless in quotes; and where it ends. */
export function nameAt(tokens: readonly Token[], at: number): { parts: string[]; end: number } {
  const parts: string[] = [];
  let end = at;
  for (;;) {
    const token = tokens[end];
    if (token?.kind !== "word" && token?.kind !== "quoted") break;
    parts.push(token.kind === "quoted" ? token.text.slice(1, -1) : token.text.toUpperCase());
    end++;
    if (!isSymbol(tokens[end], ".")) break;
    end++;
  }
  return { parts, end };
}

/**
 * Where the value that begins at a place ends: a token, a name with dots, or a pair of parentheses and what
 * they hold.
 */
export function valueEnd(tokens: readonly Token[], at: number): number {
  if (isSymbol(tokens[at], "(")) return closingOf(tokens, at) + 1;
  if (isSymbol(tokens[at], "-")) return at + 2;
  return Math.max(nameAt(tokens, at).end, at + 1);
}

/** What stands between commas, outside inner parentheses. */
export function itemsOf(tokens: readonly Token[]): Token[][] {
  const items: Token[][] = [[]];
  for (let at = 0; at < tokens.length; at++) {
    if (isSymbol(tokens[at], ",")) {
      items.push([]);
      continue;
    }
    const end = isSymbol(tokens[at], "(") ? closingOf(tokens, at) + 1 : at + 1;
    items.at(-1)?.push(...tokens.slice(at, end));
    at = end - 1;
  }
  return items.filter((item) => item.length > 0);
}

/** SQL for a parser: each token on the line it stands on, the first on line 1. */
export function sqlOf(tokens: readonly Token[]): string {
  let sql = "";
  let before: Token | undefined;
  for (const token of tokens) {
    if (before) {
      const lines = token.line - lastLineOf(before);
      sql += lines > 0 ? "\n".repeat(lines) : token.start > before.end ? " " : "";
    }
    sql += token.text;
    before = token;
  }
  return sql;
}

function lastLineOf({ line, text }: Token): number {
  return line + text.split("\n").length - 1;
}
