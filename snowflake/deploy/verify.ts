import type { SqlFile } from "../sql/files.ts";
import type { Settings } from "../sql/settings.ts";
import { deploy } from "./deploy.ts";
import { expectations, loadFixture } from "./fixture.ts";
import { accountObjectsOf, dropsOf } from "./scratch.ts";
import type { Session } from "./session.ts";
import { type Problem, runChecks } from "./smoke.ts";

export interface Verification {
  session: Session;
  /** Of a scratch database: `scratchSettings`. */
  settings: Settings;
  /** The files that make the warehouse, with those settings. */
  files: readonly SqlFile[];
  /** The checks of what they have made. */
  smoke: SqlFile;
  /** Aborted where it is to stop early. What it made is dropped all the same. */
  stop: AbortSignal;
  log: (line: string) => void;
}

/** Deploys, loads the fixture, checks it, and drops whatever it made. Resolves to all that went wrong, in words. */
export async function verify(verification: Verification): Promise<Problem[]> {
  const { session, settings, files, stop, log } = verification;
  const drops = dropsOf(accountObjectsOf(files, settings.database));
  const problems: Problem[] = [];
  log(`trying it out in ${settings.database}`);
  try {
    problems.push(...(await tryOut({ ...verification, session: until(stop, session) })));
  } catch (error) {
    problems.push({ check: "verify", problem: messageOf(error) });
  } finally {
    log(`dropping ${settings.database}, and what stands beside it`);
    problems.push(...(await drop(session, drops)));
  }
  return problems;
}

/** Checks it empty, then with the fixture. */
async function tryOut({ session, settings, files, smoke, log }: Verification): Promise<Problem[]> {
  const problems = await deploy({ session, settings, files, smoke, planOnly: false, all: false, log });
  await loadFixture(session, settings, files);
  for (const checks of [smoke, expectations(settings)]) problems.push(...(await runChecks(session, checks)));
  if (problems.length === 0) log("the fixture's numbers are right");
  return problems;
}

/** Drops all that it can, and names the rest: somebody has to do it by hand. */
async function drop(session: Session, drops: readonly string[]): Promise<Problem[]> {
  const left: Problem[] = [];
  try {
    await session.query("USE ROLE ACCOUNTADMIN");
  } catch (error) {
    const problem = `nothing could be dropped (${messageOf(error)}). Run by hand:\n${drops.join(";\n")};`;
    return [{ check: "drop", problem }];
  }
  for (const statement of drops)
    await session.query(statement).catch((error: unknown) => {
      left.push({ check: "drop", problem: `${statement}: ${messageOf(error)}` });
    });
  return left;
}

/** A session that takes no further statement once `stop` is aborted. One that runs is waited for: it may have made something. */
function until(stop: AbortSignal, session: Session): Session {
  return {
    ...session,
    query: async (sql, binds) => {
      if (stop.aborted) throw new Error("stopped before it was done");
      return session.query(sql, binds);
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
