/**
 * Procedures in Snowflake Scripting: declarations, changes of rows, SELECT … INTO, assignments, IF, CALL, transactions, RETURN and
 * EXCEPTION WHEN OTHER. Anything else is refused when the procedure is created.
 */
import { type Token, tokensOf } from "../../sql/lexer.ts";
import { isChange } from "../dml.ts";
import { Cursor } from "../translate/cursor.ts";
import { nameAt } from "../translate/names.ts";
import { NotUnderstood } from "../translate/not-understood.ts";
import {
  findKeyword,
  isKeyword,
  isPunctuation,
  type Node,
  splitAtCommas,
  treeOf,
} from "../translate/tree.ts";
import { typeAt } from "../translate/types.ts";

export interface Variable {
  name: string;
  /** DuckDB's type; nothing: that of its value. */
  type: string | undefined;
  value: readonly Node[] | undefined;
}

export type Step =
  | { kind: "begin" | "commit" | "rollback" | "raise" }
  | { kind: "change"; nodes: readonly Node[] }
  | { kind: "select into"; query: readonly Node[]; variables: readonly string[] }
  | { kind: "let"; variable: Variable }
  | { kind: "assign"; name: string; value: readonly Node[] }
  | { kind: "call" | "alter"; nodes: readonly Node[] }
  | { kind: "return"; value: readonly Node[] }
  | {
      kind: "if";
      branches: readonly { condition: readonly Node[]; steps: readonly Step[] }[];
      otherwise: readonly Step[];
    };

export interface Procedure {
  parameters: readonly Variable[];
  variables: readonly Variable[];
  steps: readonly Step[];
  /** What EXCEPTION WHEN OTHER does. */
  handler: readonly Step[] | undefined;
}

/** Reads a CREATE PROCEDURE from its parameters on. Throws a NotUnderstood or a SyntaxError. */
export function procedureAt(cursor: Cursor): Procedure {
  const parameters = splitAtCommas(cursor.expectGroup().items).map((part) => variableAt(new Cursor(part)));
  const rest = cursor.rest();
  const as = findKeyword(rest, ["AS"], findKeyword(rest, ["LANGUAGE"]));
  const language = rest[findKeyword(rest, ["LANGUAGE"]) + 1];
  const body = rest.at(-1);
  // EXECUTE AS OWNER has the word, too: the body is the last thing.
  if (as < 0 || !isKeyword(language, "SQL") || body?.kind !== "body")
    throw cursor.unknown("a procedure that is not LANGUAGE SQL with its body between $$");
  return { parameters, ...blockOf(body) };
}

/** A block without a name: EXECUTE IMMEDIATE runs it. */
export function blockOf(body: Token): Omit<Procedure, "parameters"> {
  const tokens = tokensOf(body.text.slice(2, -2)).map((token) => ({
    ...token,
    line: token.line + body.line - 1,
  }));
  const lines = linesOf(treeOf(tokens));
  const reader = new Reader(lines);
  const variables = reader.takes("DECLARE") ? reader.declarations() : [];
  reader.expect("BEGIN");
  const steps = reader.steps("END", "EXCEPTION");
  const handler = reader.takes("EXCEPTION") ? reader.handler() : undefined;
  reader.expect("END");
  reader.expectEnd();
  return { variables, steps, handler };
}

/** Cuts at semicolons. */
function linesOf(nodes: readonly Node[]): Node[][] {
  const lines: Node[][] = [[]];
  for (const node of nodes) {
    if (isPunctuation(node, ";")) lines.push([]);
    else lines.at(-1)?.push(node);
  }
  return lines.filter((line) => line.length > 0);
}

/** Walks over the statements of a body. Words that open a block (DECLARE, BEGIN, THEN) stand before a statement without a semicolon. */
class Reader {
  readonly #lines: Node[][];

  constructor(lines: Node[][]) {
    this.#lines = lines;
  }

  get #line(): Node[] {
    return this.#lines[0] ?? [];
  }

  isAt(...words: readonly string[]): boolean {
    return isKeyword(this.#line[0], ...words);
  }

  takes(...words: readonly string[]): boolean {
    if (!words.every((word, index) => isKeyword(this.#line[index], word))) return false;
    this.#line.splice(0, words.length);
    if (this.#line.length === 0) this.#lines.shift();
    return true;
  }

  expect(...words: readonly string[]): void {
    if (!this.takes(...words)) throw this.unknown(`this where ${words.join(" ")} stands`);
  }

  expectEnd(): void {
    if (this.#lines.length > 0) throw this.unknown("something behind END");
  }

  unknown(what: string): NotUnderstood {
    return new NotUnderstood(what, this.#line[0]?.line ?? 0);
  }

  declarations(): Variable[] {
    const variables: Variable[] = [];
    while (!this.isAt("BEGIN")) variables.push(variableAt(new Cursor(this.#take())));
    return variables;
  }

  handler(): Step[] {
    this.expect("WHEN", "OTHER", "THEN");
    return this.steps("END");
  }

  steps(...until: string[]): Step[] {
    const steps: Step[] = [];
    while (!this.isAt(...until)) {
      if (this.#lines.length === 0) throw new NotUnderstood(`a block without ${until.join(" or ")}`, 0);
      steps.push(this.takes("IF") ? this.#if() : stepOf(this.#take()));
    }
    return steps;
  }

  #take(): Node[] {
    return this.#lines.shift() ?? [];
  }

  #if(): Step {
    const branches: { condition: readonly Node[]; steps: readonly Step[] }[] = [];
    do {
      const then = findKeyword(this.#line, ["THEN"]);
      if (then < 0) throw this.unknown("IF without THEN");
      const condition = this.#line.splice(0, then);
      this.expect("THEN");
      branches.push({ condition, steps: this.steps("ELSEIF", "ELSE", "END") });
    } while (this.takes("ELSEIF"));
    const otherwise = this.takes("ELSE") ? this.steps("END") : [];
    this.expect("END", "IF");
    return { kind: "if", branches, otherwise };
  }
}

/** `name [type] [DEFAULT value]`, or `:= value`. */
function variableAt(cursor: Cursor): Variable {
  const [name = ""] = nameAt(cursor);
  const hasType = !cursor.done && !isKeyword(cursor.peek(), "DEFAULT") && !isPunctuation(cursor.peek(), ":=");
  const type = hasType ? typeAt(cursor).sql : undefined;
  const hasValue = cursor.takes("DEFAULT") || cursor.takesSymbol(":=");
  const value = hasValue ? cursor.rest() : undefined;
  cursor.expectEnd();
  return { name: name.toLowerCase(), type, value };
}

const SINGLE_WORDS: Record<string, Step> = {
  COMMIT: { kind: "commit" },
  ROLLBACK: { kind: "rollback" },
  RAISE: { kind: "raise" },
};

function stepOf(nodes: readonly Node[]): Step {
  const [first, second] = nodes;
  const word = first?.kind === "word" ? first.text.toUpperCase() : "";
  const single = Object.hasOwn(SINGLE_WORDS, word) && nodes.length === 1 ? SINGLE_WORDS[word] : undefined;
  if (single) return single;
  if (word === "BEGIN" && isKeyword(second, "TRANSACTION") && nodes.length === 2) return { kind: "begin" };
  if (isChange(nodes)) return { kind: "change", nodes };
  if (word === "SELECT" || word === "WITH") return selectInto(nodes);
  if (word === "LET") return { kind: "let", variable: variableAt(new Cursor(nodes.slice(1))) };
  if (word === "RETURN") return { kind: "return", value: nodes.slice(1) };
  if (word === "CALL") return { kind: "call", nodes };
  if (word === "ALTER") return { kind: "alter", nodes };
  if (word !== "" && isPunctuation(second, ":="))
    return { kind: "assign", name: word.toLowerCase(), value: nodes.slice(2) };
  throw new NotUnderstood(`the statement ${word || "here"} in a procedure`, first?.line ?? 0);
}

function selectInto(nodes: readonly Node[]): Step {
  const into = findKeyword(nodes, ["INTO"]);
  if (into < 0) throw new NotUnderstood("a SELECT in a procedure that goes nowhere", nodes[0]?.line ?? 0);
  const cursor = new Cursor(nodes.slice(into + 1));
  const variables: string[] = [];
  do {
    cursor.expectSymbol(":");
    variables.push((nameAt(cursor)[0] ?? "").toLowerCase());
  } while (cursor.takesSymbol(","));
  return { kind: "select into", query: [...nodes.slice(0, into), ...cursor.rest()], variables };
}
