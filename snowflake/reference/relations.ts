import { closingOf, contentOf, isSymbol, isWord, type Token } from "../sql/lexer.ts";
import { statementsOf } from "../sql/statements.ts";

/** A column, as its definition tells of it. */
export interface Column {
  name: string;
  /** Of a table's column: `NUMBER(38,6)`. A view's has that of its query. */
  type?: string;
  /** What it means, and its unit. */
  comment: string;
}

/** A table or a view. */
export interface Relation {
  kind: "table" | "view";
  /** With its schema: `marts.daily_revenue`. */
  name: string;
  /** What a row of it is. */
  comment: string;
  columns: Column[];
}

/** The tables and views that a file defines, in order. Everything else in it is stepped over. */
export function relationsOf(sql: string): Relation[] {
  return statementsOf(sql).flatMap(({ tokens }) => relationOf(tokens) ?? []);
}

function relationOf(tokens: readonly Token[]): Relation | undefined {
  const head = tokens.findIndex((token) => isWord(token, "TABLE") || isWord(token, "VIEW"));
  if (!isWord(tokens[0], "CREATE") || head < 0 || head > 4) return undefined;
  const open = tokens.findIndex((token, index) => index > head && isSymbol(token, "("));
  if (open < 0) return undefined;
  const close = closingOf(tokens, open);
  const name = tokens.slice(head + 1, open);
  const kind = isWord(tokens[head], "VIEW") ? "view" : "table";
  return {
    kind,
    name: name.map(({ text }) => text).join(""),
    comment: commentIn(tokens.slice(close, bodyOf(tokens, close))),
    columns: definitionsIn(tokens.slice(open + 1, close)).map((definition) => columnOf(definition, kind)),
  };
}

/** Where a view's query begins; the end, of a table. */
function bodyOf(tokens: readonly Token[], from: number): number {
  const as = tokens.findIndex((token, index) => index > from && isWord(token, "AS"));
  return as < 0 ? tokens.length : as;
}

/** What stands between the commas, but for constraints. */
function definitionsIn(tokens: readonly Token[]): Token[][] {
  const definitions: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isSymbol(token, "(")) depth++;
    if (isSymbol(token, ")")) depth--;
    if (depth === 0 && isSymbol(token, ",")) definitions.push([]);
    else definitions.at(-1)?.push(token);
  }
  return definitions.filter(([first]) => first !== undefined && !isWord(first, "CONSTRAINT"));
}

function columnOf(definition: readonly Token[], kind: Relation["kind"]): Column {
  const [name, ...rest] = definition;
  const end = rest.findIndex((token) => ["NOT", "COMMENT", "DEFAULT"].includes(token.text.toUpperCase()));
  const type = rest.slice(0, end < 0 ? rest.length : end).map(({ text }) => text);
  return {
    name: name?.text ?? "",
    ...(kind === "table" && { type: type.join("") }),
    comment: commentIn(rest),
  };
}

/** The text behind `COMMENT`; empty where there is none. */
function commentIn(tokens: readonly Token[]): string {
  const at = tokens.findIndex((token) => isWord(token, "COMMENT"));
  const text = tokens.slice(at).find(({ kind }) => kind === "string");
  return at < 0 || text === undefined ? "" : contentOf(text);
}
