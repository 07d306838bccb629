import type { QueueStats } from "../../../queue/stats.ts";
import { spellCount, spellDuration } from "../spell.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { FINE, type Verdict } from "../verdict.ts";

/** Whether something has waited for so long that delivery must have stopped. */
export function checkStuckQueue({ depth }: Pick<QueueStats, "depth">, now: number): Verdict {
  const { events, bytes, oldest_age_ms } = depth;
  if (bytes === 0 || oldest_age_ms <= THRESHOLDS.STUCK_AGE_MS) return FINE;
  const wait = events === 1 ? "waits" : "wait";
  const detail = `${spellCount(events, "event")} (${spellCount(bytes, "byte")}) ${wait}, the oldest for ${spellDuration(oldest_age_ms)}`;
  return { kind: "firing", since: now - oldest_age_ms, detail };
}
