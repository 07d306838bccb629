import { retryDelayMs } from "./backoff.ts";

/** How soon the client may send, after what happened before. Times are in milliseconds of the client's clock. */
export interface Pace {
  /** Failed attempts in a row. */
  failures: number;
  /** Nothing is sent before this. */
  notBefore: number;
  /** Whether the server named that time; otherwise it is our own backoff. */
  byServer: boolean;
}

/** Nothing stands in the way. */
export const FREE: Pace = { failures: 0, notBefore: 0, byServer: false };

/** The pace after one more failure. */
export function slowDown(pace: Pace, now: number, retryAfterMs: number | null, random: number): Pace {
  const failures = pace.failures + 1;
  const notBefore = now + retryDelayMs(failures, retryAfterMs, random);
  return { failures, notBefore, byServer: retryAfterMs !== null };
}

/** When the next batch is due: when its oldest event has waited long enough, or at once where there is reason to; never before the pace allows. */
export function dueAt(oldestAt: number, flushIntervalMs: number, atOnce: boolean, pace: Pace): number {
  return Math.max(atOnce ? 0 : oldestAt + flushIntervalMs, pace.notBefore);
}
