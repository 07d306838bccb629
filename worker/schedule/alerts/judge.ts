import type { QueueStats } from "../../queue/stats.ts";
import type { Day } from "../history/day.ts";
import { checkBreakerOpen } from "./checks/breaker-open.ts";
import { checkDuties, type FailedRuns } from "./checks/cron-failed.ts";
import { checkDeadLetters } from "./checks/dead-letters-growing.ts";
import { checkReachable } from "./checks/queue-unreachable.ts";
import { checkRates } from "./checks/rates-old.ts";
import { checkRejectRate } from "./checks/reject-rate.ts";
import { checkRevenue } from "./checks/revenue-anomaly.ts";
import { checkSilence } from "./checks/silence.ts";
import { checkStuckQueue } from "./checks/stuck-queue.ts";
import type { CollectorObservation, Observation } from "./observation.ts";
import { type CheckName, type Finding, UNKNOWN, type Verdict } from "./verdict.ts";

/** What is known of a game: its current day, and by their names (`2026-11-21`) that one and those before it. */
export interface Known {
  day: Day;
  days: ReadonlyMap<string, Day>;
}

const finding = (check: CheckName, verdict: Verdict): Finding => ({ check, about: null, verdict });

/** All that can be said of a game. */
export function judgeGame(seen: Observation, known: Known | null, now: number): Finding[] {
  const reachable = finding("queue_unreachable", checkReachable(seen, now));
  if (seen.stats === null || known === null) return [reachable];
  const { day, days } = known;
  return [
    reachable,
    ...judgeDelivery(seen.stats, day, now),
    finding("reject_rate", checkRejectRate(day)),
    finding("silence", checkSilence(day, days, now)),
    ...checkRevenue(days, now),
  ];
}

/** All that can be said of what is no game's. */
export function judgeCollector(
  seen: CollectorObservation,
  known: Known | null,
  failed: readonly FailedRuns[],
  now: number,
): Finding[] {
  return [
    finding("queue_unreachable", checkReachable(seen, now)),
    finding("rates_old", seen.rates === null ? UNKNOWN : checkRates(seen.rates, now)),
    ...checkDuties(failed),
    ...(seen.stats === null || known === null ? [] : judgeDelivery(seen.stats, known.day, now)),
  ];
}

function judgeDelivery(stats: QueueStats, day: Day, now: number): Finding[] {
  const breaker = checkBreakerOpen(stats, now);
  return [
    // What waits behind an open breaker is the same incident.
    finding("stuck_queue", breaker.kind === "firing" ? UNKNOWN : checkStuckQueue(stats, now)),
    finding("breaker_open", breaker),
    finding("dead_letters_growing", checkDeadLetters(day, stats.dead_letters, now)),
  ];
}
