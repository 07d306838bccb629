import type { Settings } from "../sql/settings.ts";
import type { Statement } from "../sql/statements.ts";
import type { Step } from "./plan.ts";
import { Refusal, type Row, type Session } from "./session.ts";
import { recordVersion } from "./versions.ts";

/** A statement that Snowflake refused: the message says which, and why. */
export class StatementFailed extends Error {
  override name = "StatementFailed";

  constructor(file: string, { line, number, text }: Statement, { message }: Refusal) {
    super(`${file}, line ${line}, statement ${number}:\n  ${text.split("\n")[0]}\n  ${message}`);
  }
}

/**
 * Runs the steps that are to run, each statement by itself, and remembers each file when all of its statements have run.
 * Snowflake commits every DDL statement at once, so there is nothing to take back: after a failure, the same files are run again.
 */
export async function runSteps(
  session: Session,
  settings: Settings,
  steps: readonly Step[],
  log: (line: string) => void,
): Promise<void> {
  for (const step of steps.filter(({ runs }) => runs)) {
    const start = performance.now();
    for (const statement of step.statements) await runStatement(session, step.file, statement);
    await recordVersion(session, settings, step);
    log(
      `${step.file}: ${step.statements.length} statements, ${((performance.now() - start) / 1000).toFixed(1)} s`,
    );
  }
}

/** Runs one statement of a file. Throws a StatementFailed that names both. */
export async function runStatement(session: Session, file: string, statement: Statement): Promise<Row[]> {
  try {
    return await session.query(statement.text);
  } catch (error) {
    throw error instanceof Refusal ? new StatementFailed(file, statement, error) : error;
  }
}
