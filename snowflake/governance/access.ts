import { columnsOf, creationOf } from "../lint/create.ts";
import { findWords, itemsOf, nameAt, wordsAt } from "../lint/tokens.ts";
import { sqlFiles } from "../sql/files.ts";
import { contentOf, type Token } from "../sql/lexer.ts";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";
import { type Statement, statementsOf } from "../sql/statements.ts";

/** A GRANT of privileges on an object. Names are in lower case and without the database, as the files write them. */
export interface Grant {
  privileges: string[];
  /** Such as `table core.events`, `future views in schema marts`. */
  on: string;
  /** Such as `analyst`. */
  to: string;
}

/** All statements of the numbered files, in order. */
export function allStatements(): Statement[] {
  return sqlFiles(DEFAULT_SETTINGS).flatMap(({ sql }) => statementsOf(sql));
}

/** The columns of every table, by the table's name. */
export function tablesOf(statements: readonly Statement[]): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  for (const { tokens } of statements) {
    const creation = creationOf(tokens);
    if (creation?.type === "TABLE")
      tables.set(
        lower(creation.name),
        columnsOf(creation).map(({ name }) => name.toLowerCase()),
      );
  }
  return tables;
}

/** What each column is tagged with, by `schema.table.column`. */
export function tagsOf(statements: readonly Statement[]): Map<string, string> {
  const tags = new Map<string, string>();
  for (const { tokens } of statements) {
    const column = findWords(tokens, "MODIFY COLUMN");
    const tag = findWords(tokens, "SET TAG");
    const value = tokens.at(-1);
    if (!wordsAt(tokens, 0, "ALTER TABLE") || column < 0 || tag < 0 || !value) continue;
    tags.set(lower([...nameAt(tokens, 2).parts, ...nameAt(tokens, column + 2).parts]), contentOf(value));
  }
  return tags;
}

/** The tables that a row access policy is added to, and the column that it looks at. */
export function rowPoliciesOf(statements: readonly Statement[]): Map<string, string> {
  const policies = new Map<string, string>();
  for (const { tokens } of statements.flatMap(scripts)) {
    const at = findWords(tokens, "ALTER TABLE");
    const on = findWords(tokens, "ON", at);
    if (at < 0 || findWords(tokens, "ADD ROW ACCESS POLICY", at) < 0) continue;
    policies.set(lower(nameAt(tokens, at + 2).parts), lower(nameAt(tokens, on + 2).parts));
  }
  return policies;
}

/** The statement and, where it is a script, those in it. */
function scripts(statement: Statement): Statement[] {
  const bodies = statement.tokens.filter(({ kind }) => kind === "body");
  return [statement, ...bodies.flatMap((body) => statementsOf(contentOf(body)))];
}

/** Every GRANT of privileges on an object of the database or the account. */
export function grantsOf(statements: readonly Statement[]): Grant[] {
  return statements.flatMap(({ tokens }) => {
    const on = findWords(tokens, "ON");
    const to = findWords(tokens, "TO ROLE");
    if (!wordsAt(tokens, 0, "GRANT") || on < 0 || to < 0 || wordsAt(tokens, 1, "OWNERSHIP")) return [];
    const privileges = itemsOf(tokens.slice(1, on)).map(textOf);
    return [{ privileges, on: textOf(tokens.slice(on + 1, to)), to: textOf(tokens.slice(to + 2)) }];
  });
}

/** Each role that is granted to another: `analyst → privacy`. */
export function inheritanceOf(statements: readonly Statement[]): string[] {
  return statements
    .filter(({ tokens }) => wordsAt(tokens, 0, "GRANT ROLE"))
    .map(({ tokens }) => {
      const to = findWords(tokens, "TO ROLE");
      return `${textOf(tokens.slice(2, to))} → ${textOf(tokens.slice(to + 2))}`;
    });
}

/** The body of a policy, as SQL. Throws a RangeError where none is set. */
export function policyBody(statements: readonly Statement[], name: string): string {
  for (const { tokens, text } of statements) {
    const at = findWords(tokens, "SET BODY");
    const arrow = tokens[at + 2];
    if (at < 0 || lower(nameAt(tokens, at - nameLength(tokens, at)).parts) !== name || !arrow) continue;
    return text.slice(arrow.end - (tokens[0]?.start ?? 0));
  }
  throw new RangeError(`no body is set for the policy ${name}`);
}

/** How many tokens the dotted name before a place takes: `governance.mask_text` is three. */
function nameLength(tokens: readonly Token[], before: number): number {
  return tokens[before - 2]?.text === "." ? 3 : 1;
}

function lower(parts: readonly string[]): string {
  return parts.join(".").toLowerCase();
}

/** Words in lower case, the names of roles, warehouses and integrations without the database's. */
function textOf(tokens: readonly Token[]): string {
  return tokens
    .map(({ text }) => text.toLowerCase().replace(/^playtrail_/, ""))
    .join(" ")
    .replaceAll(" . ", ".");
}

/** The statements of a procedure. Throws a RangeError where there is no such procedure. */
export function procedureOf(statements: readonly Statement[], name: string): Statement[] {
  const procedure = statements.find(({ tokens }) => {
    const creation = creationOf(tokens);
    return creation?.type === "PROCEDURE" && lower(creation.name) === name;
  });
  const body = procedure?.tokens.find(({ kind }) => kind === "body");
  if (!body) throw new RangeError(`there is no procedure ${name}`);
  return statementsOf(contentOf(body));
}
