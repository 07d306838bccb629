import { THRESHOLDS } from "../thresholds.ts";
import { FINE, type Finding, type Verdict } from "../verdict.ts";

/** What the collector does by itself, by the name that its runs are counted under. */
export type Duty = keyof typeof THRESHOLDS.FAILED_RUNS;

/** Runs of a duty that failed, with none between them that succeeded. */
export interface FailedRuns {
  duty: Duty;
  runs: number;
  /** When the first of them was, in milliseconds since 1970. */
  since: number;
}

/** Whether a duty has failed so often that it will not mend itself. */
export function checkDuties(failed: readonly FailedRuns[]): Finding[] {
  return failed.map((runs) => ({ check: "cron_failed", about: runs.duty, verdict: verdictOn(runs) }));
}

function verdictOn({ duty, runs, since }: FailedRuns): Verdict {
  if (runs < THRESHOLDS.FAILED_RUNS[duty]) return FINE;
  const detail =
    runs === 1 ? `the last run of ${duty} failed` : `${runs} runs of ${duty} failed, one after the other`;
  return { kind: "firing", since, detail };
}
