import type { SqlFile } from "../sql/files.ts";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";
import { type Statement, statementsOf } from "../sql/statements.ts";
import { Catalog } from "./catalog.ts";
import { parsed } from "./parser.ts";
import { factsOf } from "./queries.ts";
import type { Finding, Message, Rule } from "./rule.ts";
import { CREATING } from "./rules/creating.ts";
import { QUERYING } from "./rules/querying.ts";
import { REFERENCES } from "./rules/references.ts";
import { STATEMENTS } from "./rules/statements.ts";
import { type Unit, unitsOf } from "./units.ts";

export type { Finding } from "./rule.ts";

const RULES: readonly Rule[] = [...STATEMENTS, ...CREATING, ...REFERENCES, ...QUERYING];

/**
 * What Snowflake would refuse in the files, and what this project does not want, as far as it can be seen
 * without Snowflake. The files
 * are read in the order given, which is that of deployment: what a statement names must have been made
 * before it.
 * `database` is the setting that the files were written with.
 */
export function lint(files: readonly SqlFile[], database = DEFAULT_SETTINGS.database): Finding[] {
  const catalog = new Catalog(database);
  return files.flatMap((file) => findingsIn(file, catalog));
}

function findingsIn({ name: file, sql }: SqlFile, catalog: Catalog): Finding[] {
  let statement = 0;
  try {
    return statementsOf(sql).flatMap((read) => {
      statement = read.number;
      return messagesOn(read, catalog).map(({ rule, message, line }) => ({
        file,
        line,
        statement: read.number,
        rule,
        message,
      }));
    });
  } catch (error) {
    // The lexer's word: "line 3: a parenthesis is not closed".
    const [, line, message] =
      (error instanceof SyntaxError && /^line (\d+): (.*)$/s.exec(error.message)) || [];
    if (message === undefined) throw error;
    return [{ file, line: Number(line), statement: Math.max(statement, 1), rule: "syntax", message }];
  }
}

type Judged = Required<Message> & { rule: string };

function messagesOn(statement: Statement, catalog: Catalog): Judged[] {
  const units = unitsOf(statement, catalog);
  // A task's SQL is looked at twice: as part of the statement, and by itself.
  const messages = new Map<string, Judged>();
  for (const unit of units)
    for (const judgement of judged(unit, catalog)) messages.set(JSON.stringify(judgement), judgement);
  catalog.note(statement.tokens, units[0]?.creation);
  return [...messages.values()];
}

function judged(unit: Unit, catalog: Catalog): Judged[] {
  const result = parsed(unit);
  if (result?.ok === false)
    return [
      {
        rule: "syntax",
        message: `Snowflake's grammar has no such thing: ${result.message}`,
        line: result.line,
      },
    ];
  const facts = result && unit.kind !== "statement" ? factsOf(result.tree, unit, catalog) : undefined;
  const first = unit.tokens[0]?.line ?? 0;
  return RULES.flatMap(({ name, check }) =>
    check(unit, { catalog, facts }).map(({ message, line }) => ({
      rule: name,
      message,
      line: line ?? first,
    })),
  );
}
