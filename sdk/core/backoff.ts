/** The first retry waits at most this long. */
export const BACKOFF_BASE_MS = 1_000;
/** No backoff of our own is longer. */
export const BACKOFF_CAP_MS = 60_000;
/** A longer Retry-After is not believed: setTimeout takes 2^31 ms at most, and a day-old queue is better tried once. */
export const RETRY_AFTER_CAP_MS = 24 * 3_600_000;
/** How far a server's own timing is spread, upward only, so that its clients do not all return at once. */
const RETRY_AFTER_SPREAD = 0.2;

/**
 * How long to wait after `failures` (1 or more) failed attempts in a row, in milliseconds. What the server asked for is a minimum;
 * without it the wait is exponential with full jitter. `random` is in [0, 1).
 */
export function retryDelayMs(failures: number, retryAfterMs: number | null, random: number): number {
  if (retryAfterMs !== null) return Math.round(retryAfterMs * (1 + RETRY_AFTER_SPREAD * random));
  return Math.round(random * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** (failures - 1)));
}

/**
 * Reads a `Retry-After` header, seconds or an HTTP date (RFC 9110 §10.2.3), into milliseconds from `nowMs` (since the epoch).
 * `null` where it is absent, unreadable, or asks for no wait.
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return waitMs > 0 ? Math.min(waitMs, RETRY_AFTER_CAP_MS) : null;
}
