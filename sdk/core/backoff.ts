/** No wait of the first is longer. */
export const BACKOFF_BASE_MS = 1_000;
/** No wait of our own is longer. */
export const BACKOFF_CAP_MS = 60_000;
/** A longer Retry-After is not believed: setTimeout takes 2^31 ms at most, and a day-old queue is better tried once. */
export const RETRY_AFTER_CAP_MS = 24 * 3_600_000;
/** The longest wait, as a share of how long the outage has lasted: 20 s of outage are noticed to be over within 4 s. */
const BACKOFF_SHARE = 0.2;
/** How far a server's own timing is spread, upward only, so that its clients do not all return at once. */
const RETRY_AFTER_SPREAD = 0.2;

/** A time that the server named, spread. `random` is in [0, 1). */
export function spread(ms: number, random: number): number {
  return Math.round(ms * (1 + RETRY_AFTER_SPREAD * random));
}

/**
 * How long to wait after a failed attempt, in milliseconds. What the server asked for is a minimum; without it the wait grows with the
 * outage, with full jitter. `random` is in [0, 1).
 */
export function retryDelayMs(outageMs: number, retryAfterMs: number | null, random: number): number {
  if (retryAfterMs !== null) return spread(retryAfterMs, random);
  const longest = Math.min(BACKOFF_CAP_MS, Math.max(BACKOFF_BASE_MS, outageMs * BACKOFF_SHARE));
  return Math.round(random * longest);
}

/**
 * Reads a `Retry-After` header, seconds or an HTTP date (RFC 9110 §10.2.3), into milliseconds from `nowMs` (since the epoch).
 * `null` where it is absent, unreadable, or asks for no wait.
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return waitMs > 0 ? Math.min(waitMs, RETRY_AFTER_CAP_MS) : null;
}
