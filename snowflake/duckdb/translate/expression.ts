/**
 * From Snowflake's SQL to DuckDB's. Most of it is the same and passes; what differs is looked for at three places: where a value
 * begins (a name, a call, a literal, a parenthesis), what hangs on a value (a path, a cast, a window), and the division sign.
 * What is not known is refused.
 */
import { contentOf } from "../../sql/lexer.ts";
import { callOf } from "./call.ts";
import { clauseAt } from "./clauses.ts";
import { Cursor } from "./cursor.ts";
import { nameAt, nameSql } from "./names.ts";
import { NotUnderstood } from "./not-understood.ts";
import { castOf, type Operand, sqlOf, withStep } from "./operand.ts";
import { Paths } from "./paths.ts";
import type { Scope } from "./scope.ts";
import { literal, stringLiteral } from "./text.ts";
import { findKeyword, isGroup, isKeyword, isPunctuation, type Node } from "./tree.ts";
import { typeAt } from "./types.ts";
import { ALSO_FUNCTIONS, KEYWORDS, REFUSED } from "./words.ts";

/** Translates a query or an expression. Throws a NotUnderstood or a SyntaxError, which name the line. */
export function translate(nodes: readonly Node[], scope: Scope): string {
  if (!isKeyword(nodes[0], "SELECT", "WITH")) return translateLevel(nodes, scope);
  const paths = new Paths();
  return paths.resolve(translateLevel(nodes, { ...scope, paths }));
}

function translateLevel(nodes: readonly Node[], scope: Scope): string {
  const cursor = new Cursor(nodes);
  const out: string[] = [];
  // Where in `out` the product begins that a division sign would divide.
  let product: number | undefined;
  let previous: Node | undefined;
  while (!cursor.done) {
    const node = cursor.peek();
    const clause = clauseAt(cursor, scope, previous);
    if (clause !== undefined) {
      out.push(clause);
      product = undefined;
      previous = node;
      continue;
    }
    const operand = operandAt(cursor, scope);
    if (operand !== undefined) {
      if (operand.path !== undefined) refuseUncast(previous, cursor, operand);
      product ??= out.length;
      out.push(sqlOf(operand));
    } else if (isPunctuation(node, "/") && product !== undefined) {
      cursor.next();
      const right = divisorAt(cursor, scope);
      const left = out.splice(product).join(" ");
      out.push(`sf.divide(${left}, ${right})`);
    } else {
      out.push(grammarAt(cursor));
      if (!isPunctuation(node, "*") && !isPunctuation(node, "%")) product = undefined;
    }
    previous = node;
  }
  return out.join(" ");
}

function divisorAt(cursor: Cursor, scope: Scope): string {
  const sign = cursor.takesSymbol("-") ? "-" : "";
  const operand = operandAt(cursor, scope);
  if (operand === undefined) throw cursor.unknown("a division by this");
  return sign + sqlOf(operand);
}

const SYMBOLS = new Set([",", ".", "=", "<>", "!=", "<", ">", "<=", ">=", "+", "-", "*", "%", "||"]);

/** A keyword or a sign, as it is. */
function grammarAt(cursor: Cursor): string {
  const node = cursor.peek();
  if (node?.kind === "word") {
    const word = node.text.toUpperCase();
    if (KEYWORDS.has(word)) {
      cursor.next();
      return word;
    }
  }
  if (node?.kind === "symbol" && SYMBOLS.has(node.text)) {
    cursor.next();
    return node.text;
  }
  throw cursor.unknown(`"${node?.kind === "group" ? node.open : node?.text}" here`);
}

/** A value and all that hangs on it; nothing where a keyword or a sign stands. */
export function operandAt(cursor: Cursor, scope: Scope): Operand | undefined {
  let operand = beginningAt(cursor, scope);
  if (operand === undefined) return undefined;
  for (;;) {
    if (cursor.takesSymbol("::")) operand = castOf(operand, typeAt(cursor), scope.paths);
    else if (isGroup(cursor.peek(), "[")) operand = withStep(operand, subscriptAt(cursor));
    else if (isPunctuation(cursor.peek(), ":")) {
      cursor.next();
      operand = withStep(operand, pathNameAt(cursor));
    } else if (operand.path !== undefined && cursor.takesSymbol("."))
      operand = withStep(operand, pathNameAt(cursor));
    else return operand;
  }
}

function pathNameAt(cursor: Cursor): string {
  const node = cursor.next();
  if (node.kind === "word") return node.text;
  if (node.kind === "quoted") return node.text.slice(1, -1).replaceAll('""', '"');
  throw cursor.unknown("a path like this");
}

function subscriptAt(cursor: Cursor): string | number {
  const [index, ...more] = cursor.takesGroup("[")?.items ?? [];
  if (more.length === 0 && index?.kind === "number") return Number(index.text);
  if (more.length === 0 && index?.kind === "string") return contentOf(index);
  throw cursor.unknown("a subscript that is no number and no string");
}

function beginningAt(cursor: Cursor, scope: Scope): Operand | undefined {
  const node = cursor.peek();
  switch (node?.kind) {
    case "group":
      if (node.open === "[") throw cursor.unknown("an array in brackets: ARRAY_CONSTRUCT() makes one");
      cursor.next();
      return { sql: `(${translate(node.items, scope)})` };
    case "string":
      cursor.next();
      return { sql: stringLiteral(node), literal: true };
    case "number":
      cursor.next();
      return { sql: node.text };
    case "quoted":
      return { sql: nameSql(nameAt(cursor), scope) };
    case "symbol":
      return node.text === ":" ? { sql: variableAt(cursor, scope) } : undefined;
    case "word":
      return wordAt(cursor, node.text.toUpperCase(), scope);
    default:
      return undefined;
  }
}

function variableAt(cursor: Cursor, scope: Scope): string {
  cursor.next();
  const node = cursor.next();
  const name = node.kind === "word" ? node.text.toLowerCase() : "";
  const variable = scope.variables.get(name);
  if (variable === undefined) throw new NotUnderstood(`the variable ":${name}"`, node.line);
  return `getvariable('${variable}')`;
}

function wordAt(cursor: Cursor, word: string, scope: Scope): Operand | undefined {
  if (word === "CASE") return { sql: caseAt(cursor, scope) };
  if (word === "CAST" || word === "TRY_CAST") return castCallAt(cursor, scope);
  const standsFor = scope.words.get(word);
  if (standsFor !== undefined && !isPunctuation(cursor.peek(1), ".")) {
    cursor.next();
    return { sql: standsFor };
  }
  if (word.includes("$") && !isGroup(cursor.peek(1))) throw cursor.unknown(`${word} outside of a pipe`);
  const isCall = isGroup(cursor.peek(1));
  if (KEYWORDS.has(word) && !(isCall && ALSO_FUNCTIONS.has(word))) return undefined;
  if (REFUSED.has(word)) throw cursor.unknown(word);
  if ((word === "DATE" || word === "TIMESTAMP_NTZ") && cursor.peek(1)?.kind === "string")
    throw cursor.unknown(`${word} '…': write '…'::${word}`);
  const name = nameAt(cursor);
  if (isGroup(cursor.peek())) return { sql: callOf(name, cursor, scope) };
  const [only, ...more] = name;
  const variable =
    scope.bareVariables && more.length === 0 ? scope.variables.get(only?.toLowerCase() ?? "") : undefined;
  if (variable !== undefined) return { sql: `getvariable('${variable}')` };
  return { sql: nameSql(name, scope) };
}

function caseAt(cursor: Cursor, scope: Scope): string {
  cursor.expect("CASE");
  const inner: Node[] = [];
  for (let depth = 1; ; ) {
    const node = cursor.next();
    if (isKeyword(node, "CASE")) depth++;
    if (isKeyword(node, "END") && --depth === 0) break;
    inner.push(node);
  }
  return `CASE ${translate(inner, scope)} END`;
}

function castCallAt(cursor: Cursor, scope: Scope): Operand {
  const isTry = isKeyword(cursor.peek(), "TRY_CAST");
  if (isTry) throw cursor.unknown("TRY_CAST: TRY_TO_DECIMAL() and its like say what they try");
  cursor.next();
  const { items } = cursor.expectGroup();
  const as = findKeyword(items, ["AS"]);
  const inner = new Cursor(items.slice(0, as));
  const alone = operandAt(inner, scope);
  const type = new Cursor(items.slice(as + 1));
  const operand =
    alone !== undefined && inner.done ? alone : { sql: `(${translate(items.slice(0, as), scope)})` };
  const cast = castOf(operand, typeAt(type), scope.paths);
  type.expectEnd();
  return cast;
}

/** Around an uncast path only what takes a VARIANT as it is. */
function refuseUncast(previous: Node | undefined, cursor: Cursor, operand: Operand): void {
  const next = cursor.peek();
  const begins = previous === undefined || isPunctuation(previous, ",");
  const after = begins || isKeyword(previous, "SELECT", "DISTINCT", "THEN", "ELSE", "BY");
  const before =
    next === undefined || isPunctuation(next, ",") || isKeyword(next, "AS", "IS", "WHEN", "END", "FROM");
  if (!after || !before) throw cursor.unknown(`a path without a cast: ${literal(operand.path ?? "")}`);
}
