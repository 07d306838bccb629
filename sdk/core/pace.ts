import { retryDelayMs } from "./backoff.ts";

/** How soon the client may send, after what happened before. Times are in milliseconds of the client's monotonic clock. */
export interface Pace {
  /** When the first of the attempts failed that have failed in a row; `null`: the last one did not. */
  failingSince: number | null;
  /** Nothing is sent before this. */
  notBefore: number;
  /** Whether the server named that time; otherwise it is our own backoff. */
  byServer: boolean;
}

/** Nothing stands in the way. */
export const FREE: Pace = { failingSince: null, notBefore: 0, byServer: false };

/** The pace after one more failure. */
export function slowDown(pace: Pace, now: number, retryAfterMs: number | null, random: number): Pace {
  const failingSince = pace.failingSince ?? now;
  const own = now + retryDelayMs(now - failingSince, retryAfterMs, random);
  // Of several requests under way, the one that says nothing does not shorten what another was told.
  const notBefore = pace.byServer ? Math.max(own, pace.notBefore) : own;
  return { failingSince, notBefore, byServer: retryAfterMs !== null || (pace.byServer && notBefore > own) };
}
