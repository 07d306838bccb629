import { closingOf, isSymbol, type Token } from "../sql/lexer.ts";
import { OBJECT_TYPES, type ObjectType, type Shape, type Way } from "./objects.ts";
import { findWords, itemsOf, nameAt, valueEnd, wordsAt } from "./tokens.ts";

/** A CREATE statement of a known type, taken apart. */
export interface Creation {
  /** As in OBJECT_TYPES. */
  type: string;
  spec: ObjectType;
  /** Undefined: a plain CREATE. */
  way?: Way;
  modifiers: string[];
  name: string[];
  /** By name: the value. */
  options: ReadonlyMap<string, readonly Token[]>;
  /** By words: what follows them. `()` is what stands between the parentheses after the name. */
  clauses: ReadonlyMap<string, readonly Token[]>;
  /** What is neither an option nor a clause of the type. */
  unknown: Token[];
}

const WAYS_BEFORE: readonly Way[] = ["OR ALTER", "OR REPLACE"];
const MODIFIERS = ["TRANSIENT", "SECURE", "TEMPORARY", "TEMP", "RECURSIVE"];

/** Undefined: it creates nothing, or something of an unknown type. */
export function creationOf(tokens: readonly Token[]): Creation | undefined {
  if (!wordsAt(tokens, 0, "CREATE")) return undefined;
  let way = WAYS_BEFORE.find((words) => wordsAt(tokens, 1, words));
  let at = way ? 3 : 1;
  const modifiers: string[] = [];
  for (; MODIFIERS.some((word) => wordsAt(tokens, at, word)); at++)
    modifiers.push(tokens[at]?.text.toUpperCase() ?? "");
  const type = Object.keys(OBJECT_TYPES).find((words) => wordsAt(tokens, at, words));
  const spec = type && OBJECT_TYPES[type];
  if (!type || !spec) return undefined;
  at += type.split(" ").length;
  if (wordsAt(tokens, at, "IF NOT EXISTS")) {
    way ??= "IF NOT EXISTS";
    at += 3;
  }
  const { parts, end } = nameAt(tokens, at);
  return { type, spec, way, modifiers, name: parts, ...propertiesOf(tokens, end, spec) };
}

function propertiesOf(tokens: readonly Token[], from: number, spec: ObjectType) {
  const options = new Map<string, readonly Token[]>();
  const clauses = new Map<string, readonly Token[]>();
  const unknown: Token[] = [];
  for (let at = from; at < tokens.length; ) {
    const token = tokens[at] as Token;
    const name = token.text.toUpperCase();
    const clause = clauseAt(tokens, at, spec);
    if (isSymbol(tokens[at + 1], "=")) {
      const end = valueEnd(tokens, at + 2);
      if (spec.options.includes(name)) options.set(name, tokens.slice(at + 2, end));
      else unknown.push(token);
      at = end;
    } else if (clause) {
      const start = at + (clause.words === "()" ? 0 : clause.words.split(" ").length);
      const end = shapeEnd(tokens, start, clause.shape, spec);
      clauses.set(
        clause.words,
        clause.shape === "group" ? tokens.slice(start + 1, end - 1) : tokens.slice(start, end),
      );
      at = end;
    } else {
      if (!isSymbol(token, ",")) unknown.push(token);
      at++;
    }
  }
  return { options, clauses, unknown };
}

function clauseAt(tokens: readonly Token[], at: number, { clauses = {} }: ObjectType) {
  for (const [words, shape] of Object.entries(clauses))
    if (words === "()" ? isSymbol(tokens[at], "(") : wordsAt(tokens, at, words)) return { words, shape };
  return undefined;
}

function shapeEnd(tokens: readonly Token[], start: number, shape: Shape, spec: ObjectType): number {
  switch (shape) {
    case "nothing":
      return start;
    case "group":
      return isSymbol(tokens[start], "(") ? closingOf(tokens, start) + 1 : start;
    case "value":
      return valueEnd(tokens, start);
    case "list": {
      let end = valueEnd(tokens, start);
      while (isSymbol(tokens[end], ",")) end = valueEnd(tokens, end + 1);
      return end;
    }
    case "open": {
      let end = start;
      while (end < tokens.length && !(end > start && endsOpen(tokens, end, spec)))
        end = isSymbol(tokens[end], "(") ? closingOf(tokens, end) + 1 : end + 1;
      return end;
    }
    case "rest":
      return isPolicy(spec) ? policyEnd(tokens, start, spec) : tokens.length;
  }
}

function endsOpen(tokens: readonly Token[], at: number, spec: ObjectType): boolean {
  const clause = clauseAt(tokens, at, spec);
  return (
    (clause !== undefined && clause.words !== "()") || spec.options.some((name) => isOption(tokens, at, name))
  );
}

function isOption(tokens: readonly Token[], at: number, name: string): boolean {
  return wordsAt(tokens, at, name) && isSymbol(tokens[at + 1], "=");
}

function isPolicy(spec: ObjectType): boolean {
  return spec === OBJECT_TYPES["MASKING POLICY"] || spec === OBJECT_TYPES["ROW ACCESS POLICY"];
}

function policyEnd(tokens: readonly Token[], start: number, spec: ObjectType): number {
  for (let at = start; at < tokens.length; at++) {
    if (spec.options.some((name) => isOption(tokens, at, name))) return at;
    if (isSymbol(tokens[at], "(")) at = closingOf(tokens, at);
  }
  return tokens.length;
}

/** A column that a table or view declares. */
export interface Column {
  name: string;
  line: number;
  /** As in `NUMBER(38,6)`, without blanks and in upper case; empty for a view. */
  type: string;
  hasComment: boolean;
  /** Computed when read: `AS (…)`. */
  isVirtual: boolean;
}

const CONSTRAINTS = ["CONSTRAINT", "PRIMARY KEY", "FOREIGN KEY", "UNIQUE"];

/** The columns that a CREATE TABLE or CREATE VIEW names. */
export function columnsOf({ type, clauses }: Creation): Column[] {
  return itemsOf(clauses.get("()") ?? [])
    .filter((item) => !CONSTRAINTS.some((words) => wordsAt(item, 0, words)))
    .map((item) => {
      const end = type === "TABLE" ? typeEnd(item) : 1;
      return {
        name: nameAt(item, 0).parts[0] ?? "",
        line: item[0]?.line ?? 0,
        type: item
          .slice(1, end)
          .map(({ text }) => text.toUpperCase())
          .join(""),
        hasComment: findWords(item, "COMMENT") > 0,
        isVirtual: findWords(item, "AS") > 0,
      };
    });
}

function typeEnd(item: readonly Token[]): number {
  return isSymbol(item[2], "(") ? closingOf(item, 2) + 1 : 2;
}

/** The arguments that a policy declares: those of `(val VARCHAR) RETURNS VARCHAR -> …`. */
export function signatureOf(tokens: readonly Token[]): string[] {
  return isSymbol(tokens[0], "(") ? argumentsOf(tokens.slice(1, closingOf(tokens, 0))) : [];
}

/** The arguments of a procedure, function or policy, by name in upper case. */
export function argumentsOf(tokens: readonly Token[]): string[] {
  return itemsOf(tokens).map((item) => nameAt(item, 0).parts[0] ?? "");
}
