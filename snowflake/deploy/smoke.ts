import type { SqlFile } from "../sql/files.ts";
import { statementsOf } from "../sql/statements.ts";
import { runStatement } from "./run.ts";
import type { Session } from "./session.ts";

/** A row of a check. */
export interface Problem {
  check: string;
  problem: string;
}

/** Runs checks: queries whose every row, `check_name` and `problem`, tells of something wrong. */
export async function runChecks(session: Session, { name, sql }: SqlFile): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const statement of statementsOf(sql)) {
    const rows = await runStatement(session, name, statement);
    // A `USE` answers with a row as well, that says that it was executed.
    const found = rows.filter((row) => "CHECK_NAME" in row);
    problems.push(...found.map((row) => ({ check: row.CHECK_NAME ?? "", problem: row.PROBLEM ?? "" })));
  }
  return problems;
}
