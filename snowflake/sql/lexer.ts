/** What a piece of Snowflake SQL is, as far as splitting, checking and rewriting need to know. */
export type TokenKind =
  /** A keyword or an identifier without quotes: `SELECT`, `event_id`, `METADATA$FILENAME`, `$1`. */
  | "word"
  /** `"an identifier in quotes"`. */
  | "quoted"
  /** `'a string'`. */
  | "string"
  /** A body between `$$` and `$$`: of a procedure, say. */
  | "body"
  | "number"
  /** Anything else: `(`, `::`, `=>`, `;` … */
  | "symbol";

export interface Token {
  kind: TokenKind;
  /** As written, quotes included. */
  text: string;
  /** Where it begins in the text. */
  start: number;
  end: number;
  /** The line it begins on, from 1. */
  line: number;
}

const BLANK = /\s+|--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;

/** In order: the first that fits at a place is taken. */
const PATTERNS: readonly [TokenKind, RegExp][] = [
  ["body", /\$\$[\s\S]*?\$\$/y],
  ["string", /'(?:[^'\\]|''|\\[\s\S])*'/y],
  ["quoted", /"(?:[^"]|"")*"/y],
  ["number", /\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?/iy],
  ["word", /[a-z_][\w$]*|\$\d+/iy],
  ["symbol", /::|:=|=>|->|<=|>=|<>|!=|\|\||\S/y],
];

/**
 * Cuts SQL into tokens; comments and blanks fall away. Throws a SyntaxError, with the line, where a string, a quoted name, a
 * body or a comment has no end.
 */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const pass = (text: string) => {
    at += text.length;
    line += text.split("\n").length - 1;
  };
  while (at < sql.length) {
    const blank = matchAt(BLANK, sql, at);
    if (blank !== undefined) {
      pass(blank);
      continue;
    }
    const token = tokenAt(sql, at, line);
    tokens.push(token);
    pass(token.text);
  }
  return tokens;
}

function tokenAt(sql: string, at: number, line: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    const text = matchAt(pattern, sql, at);
    if (text === undefined) continue;
    if (
      kind === "symbol" &&
      (text === "'" || text === '"' || sql.startsWith("$$", at) || sql.startsWith("/*", at))
    )
      throw new SyntaxError(`line ${line}: ${sql.slice(at, at + 20).split("\n")[0]} … has no end`);
    return { kind, text, start: at, end: at + text.length, line };
  }
  throw new SyntaxError(`line ${line}: nothing can be read at "${sql.slice(at, at + 20)}"`);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Whether a token is this keyword, in whatever case. */
export function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === "word" && token.text.toUpperCase() === word;
}

/** Whether a token is this symbol. */
export function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === "symbol" && token.text === symbol;
}

/** The place of the parenthesis that closes the one at `open`. Throws a SyntaxError where there is none. */
export function closingOf(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    if (isSymbol(tokens[index], "(")) depth++;
    if (isSymbol(tokens[index], ")") && --depth === 0) return index;
  }
  throw new SyntaxError(`line ${tokens[open]?.line}: a parenthesis is not closed`);
}

/** A string's or a body's content, without its quotes and escapes. */
export function contentOf({ kind, text }: Token): string {
  if (kind === "body") return text.slice(2, -2);
  return text
    .slice(1, -1)
    .replaceAll("''", "'")
    .replace(/\\(.)/gs, (_, escaped) => escapes[escaped] ?? escaped);
}

const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", 0: "\0" };
