import { log } from "../log.ts";
import { checkGames } from "./alerts/check-games.ts";
import type { Duty } from "./alerts/checks/cron-failed.ts";
import { RATES_CRON, REPORT_CRON } from "./crons.ts";
import { operationsOf } from "./operations.ts";
import { bringRates } from "./rates/bring.ts";
import { bringReports } from "./reports/bring.ts";
import { watch } from "./watchdog.ts";

/** Does what a cron is for; any other than the two looks after queues. Rejects where something failed, so that the platform shows it. */
export async function runCron(cron: string, env: Env): Promise<void> {
  switch (cron) {
    case RATES_CRON:
      return run(env, "rates", bringRates);
    case REPORT_CRON:
      return run(env, "reports", bringReports);
    default: {
      const runs = await Promise.allSettled([run(env, "watchdog", watch), run(env, "alerts", checkGames)]);
      for (const outcome of runs) if (outcome.status === "rejected") throw outcome.reason;
    }
  }
}

/** `work` has failed where it rejects, or answers with false: then it has said why, and the platform need not show it. */
async function run(env: Env, duty: Duty, work: (env: Env) => Promise<unknown>): Promise<void> {
  const [outcome] = await Promise.allSettled([work(env)]);
  try {
    const hasSucceeded = outcome.status === "fulfilled" && outcome.value !== false;
    await operationsOf(env).recordRun(duty, hasSucceeded, Date.now());
  } catch (error) {
    log("error", "operations_unreachable", { error: String(error) });
  }
  if (outcome.status === "fulfilled") return;
  log("error", "cron_failed", { duty, error: String(outcome.reason) });
  throw outcome.reason;
}
