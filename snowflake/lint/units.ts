import { contentOf, isSymbol, isWord, type Token, tokensOf } from "../sql/lexer.ts";
import type { Statement } from "../sql/statements.ts";
import type { Catalog } from "./catalog.ts";
import { argumentsOf, type Creation, columnsOf, creationOf, signatureOf } from "./create.ts";
import { piecesOf } from "./scripts.ts";
import { findWords, nameAt, wordsAt } from "./tokens.ts";

/** What the rules look at: a statement of a file, or SQL within one. */
export interface Unit {
  /**
   * `statement`: as it stands in the file. `sql`: a query or DML. `expression`: one value, as in a policy
   * or an IF.
   */
  kind: "statement" | "sql" | "expression";
  tokens: readonly Token[];
  /** What the statement creates, on the statement's own unit. */
  creation?: Creation;
  /** The names that the view gives to what its query has. */
  columns?: string[];
  /** What it is part of. */
  inside?: "procedure" | "function" | "task" | "alert" | "pipe" | "view" | "policy";
  /**
   * Names that are no columns: variables of the script, arguments of the policy or function. In upper case.
   */
  variables: ReadonlySet<string>;
  /** In SQL of a script a variable needs its colon; in an expression, a policy or a function it has none. */
  needsColon: boolean;
  inTransaction: boolean;
}

const SQL_HEADS = ["SELECT", "WITH", "INSERT", "MERGE", "UPDATE", "DELETE", "COPY", "CALL"];
const POLICIES = ["MASKING POLICY", "ROW ACCESS POLICY"];
const STATEMENT_HEADS = ["CREATE", "ALTER", "GRANT", "USE", "COMMENT ON"];

/** A statement and, after it, what it holds. */
export function unitsOf({ tokens }: Statement, catalog: Catalog): Unit[] {
  const creation = creationOf(tokens);
  const whole: Unit = { ...plain("statement", tokens), creation };
  if (isSql(tokens)) return [{ ...whole, kind: "sql" }];
  if (wordsAt(tokens, 0, "EXECUTE IMMEDIATE")) return [whole, ...scriptUnits(tokens[2], [], "procedure")];
  return [whole, ...(creation ? unitsWithin(creation) : newBody(tokens, catalog))];
}

/** The expression of `ALTER MASKING POLICY name SET BODY -> …`. */
function newBody(tokens: readonly Token[], catalog: Catalog): Unit[] {
  const type = POLICIES.find((words) => wordsAt(tokens, 0, `ALTER ${words}`));
  const body = findWords(tokens, "SET BODY");
  if (!type || body < 0) return [];
  const { parts } = nameAt(tokens, type.split(" ").length + 1);
  return [policyUnit(catalog.argumentsOf(type, parts), tokens.slice(body + 3))];
}

function policyUnit(variables: string[], tokens: readonly Token[]): Unit {
  return { ...plain("expression", tokens), variables: new Set(variables), inside: "policy" };
}

/** Whether it is a query or DML. */
export function isSql(tokens: readonly Token[]): boolean {
  return isSymbol(tokens[0], "(") || SQL_HEADS.some((word) => isWord(tokens[0], word));
}

function plain(kind: Unit["kind"], tokens: readonly Token[]): Unit {
  return { kind, tokens, variables: new Set(), needsColon: false, inTransaction: false };
}

function unitsWithin(creation: Creation): Unit[] {
  const { type, clauses } = creation;
  const body = clauses.get("AS") ?? [];
  switch (type) {
    case "VIEW":
      return [
        { ...plain("sql", body), inside: "view", columns: columnsOf(creation).map(({ name }) => name) },
      ];
    case "PIPE":
      return [{ ...plain("sql", body), inside: "pipe" }];
    case "TASK": {
      const when = clauses.get("WHEN");
      const condition: Unit[] = when ? [{ ...plain("expression", when), inside: "task" }] : [];
      const action: Unit[] = wordsAt(body, 0, "EXECUTE IMMEDIATE")
        ? scriptUnits(body[2], [], "task")
        : [{ ...plain("sql", body), inside: "task" }];
      return [...condition, ...action];
    }
    case "ALERT": {
      const condition = clauses.get("IF") ?? [];
      const query = wordsAt(condition, 0, "EXISTS") ? condition.slice(2, -1) : condition;
      return [query, clauses.get("THEN") ?? []].map((tokens) => ({
        ...plain("sql", tokens),
        inside: "alert",
      }));
    }
    case "PROCEDURE":
      return scriptUnits(body[0], argumentsOf(clauses.get("()") ?? []), "procedure");
    case "FUNCTION": {
      const variables = new Set(argumentsOf(clauses.get("()") ?? []));
      const tokens = bodyTokens(body[0]);
      return [{ ...plain(isSql(tokens) ? "sql" : "expression", tokens), variables, inside: "function" }];
    }
    case "MASKING POLICY":
    case "ROW ACCESS POLICY": {
      const arrow = body.findIndex((token) => isSymbol(token, "->"));
      return arrow < 0 ? [] : [policyUnit(signatureOf(body), body.slice(arrow + 1))];
    }
    default:
      return [];
  }
}

function scriptUnits(
  body: Token | undefined,
  inputs: readonly string[],
  inside: "procedure" | "task",
): Unit[] {
  return piecesOf(bodyTokens(body), inputs)
    .filter(({ kind }) => kind !== "variable")
    .map(({ kind, tokens, variables, inTransaction }) => ({
      kind: kind === "expression" ? "expression" : isStatement(tokens) ? "statement" : "sql",
      tokens,
      creation: creationOf(tokens),
      inside,
      variables,
      needsColon: kind === "sql",
      inTransaction,
    }));
}

function isStatement(tokens: readonly Token[]): boolean {
  return STATEMENT_HEADS.some((words) => wordsAt(tokens, 0, words));
}

/** What stands between `$$` and `$$`, or between quotes, on the lines of the file. */
function bodyTokens(body: Token | undefined): Token[] {
  if (body?.kind !== "body" && body?.kind !== "string") return [];
  return tokensOf(contentOf(body)).map((token) => ({ ...token, line: token.line + body.line - 1 }));
}

/** The query that a script's `SELECT … INTO :a, :b FROM` runs: without the variables. */
export function withoutInto(tokens: readonly Token[]): Token[] {
  const into = isWord(tokens[0], "SELECT") || isWord(tokens[0], "WITH") ? findWords(tokens, "INTO") : -1;
  if (into < 0) return [...tokens];
  let end = into + 1;
  while (isSymbol(tokens[end], ":") || isSymbol(tokens[end], ",") || isSymbol(tokens[end - 1], ":")) end++;
  return [...tokens.slice(0, into), ...tokens.slice(end)];
}
