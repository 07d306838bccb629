import type { SqlFile } from "../sql/files.ts";
import type { Settings } from "../sql/settings.ts";
import { planOf } from "./plan.ts";
import { describePlan } from "./report.ts";
import { runSteps } from "./run.ts";
import type { Session } from "./session.ts";
import { type Problem, runChecks } from "./smoke.ts";
import { readVersions } from "./versions.ts";

export interface Deployment {
  session: Session;
  settings: Settings;
  /** The files that make the warehouse, in their order. */
  files: readonly SqlFile[];
  /** The checks of what they have made. */
  smoke: SqlFile;
  /** Shows what would run, and runs nothing. */
  planOnly: boolean;
  /** Runs unchanged files too. */
  all: boolean;
  log: (line: string) => void;
}

/**
 * Brings the database up to the files, then runs the smoke checks. Resolves to what those found.
 * Throws a StatementFailed at the first statement that Snowflake refuses.
 */
export async function deploy(deployment: Deployment): Promise<Problem[]> {
  const { session, settings, files, smoke, planOnly, all, log } = deployment;
  const steps = planOf(files, await readVersions(session, settings), all);
  log(describePlan(steps));
  if (planOnly) return [];
  await runSteps(session, settings, steps, log);
  const problems = await runChecks(session, smoke);
  if (problems.length === 0) log("the smoke checks hold");
  return problems;
}
