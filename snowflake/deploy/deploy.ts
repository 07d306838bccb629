import type { SqlFile } from "../sql/files.ts";
import type { Settings } from "../sql/settings.ts";
import { planOf } from "./plan.ts";
import { describePlan } from "./report.ts";
import { runSteps } from "./run.ts";
import type { Session } from "./session.ts";
import { type Problem, runSmoke, SMOKE_FILE } from "./smoke.ts";
import { readVersions } from "./versions.ts";

export interface Deployment {
  session: Session;
  settings: Settings;
  /** All numbered files, that of the smoke checks among them. */
  files: readonly SqlFile[];
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
export async function deploy({
  session,
  settings,
  files,
  planOnly,
  all,
  log,
}: Deployment): Promise<Problem[]> {
  const steps = planOf(
    files.filter(({ name }) => name !== SMOKE_FILE),
    await readVersions(session, settings),
    all,
  );
  log(describePlan(steps));
  if (planOnly) return [];
  await runSteps(session, settings, steps, log);
  const problems: Problem[] = [];
  for (const file of files.filter(({ name }) => name === SMOKE_FILE))
    problems.push(...(await runSmoke(session, file)));
  if (problems.length === 0) log("the smoke checks hold");
  return problems;
}
