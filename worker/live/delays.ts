/** Each bucket's bound is so many times the one below it: what is read from it is at most 10 % off. */
const RATIO = 1.2;

/** The first bucket holds all up to here, the last all from about a day. */
const FIRST_MS = 10;
const LAST = Math.ceil(Math.log(86_400_000 / FIRST_MS) / Math.log(RATIO));

/** Counts of events by how long they took, by bucket: bucket `i` ends at `FIRST_MS * RATIO ** i`. Those that are empty are left out. */
export type Delays = Map<number, number>;

/** Counts events that took `ms`. The clock may have been set back meanwhile. */
export function addDelay(delays: Delays, ms: number, events: number): void {
  const bucket = Math.ceil(Math.log(Math.max(ms, FIRST_MS) / FIRST_MS) / Math.log(RATIO));
  const at = Math.min(bucket, LAST);
  delays.set(at, (delays.get(at) ?? 0) + events);
}

/** How many events were counted. */
export function countOf(delays: Delays): number {
  return [...delays.values()].reduce((sum, count) => sum + count, 0);
}

/** What so many of a hundred events took at most, in milliseconds: the middle of a bucket. 0 where nothing was counted. */
export function percentile(delays: Delays, percent: number): number {
  let left = (countOf(delays) * percent) / 100;
  for (const [bucket, count] of [...delays].sort(([a], [b]) => a - b)) {
    left -= count;
    if (left <= 0) return Math.round(FIRST_MS * RATIO ** (bucket - 0.5));
  }
  return 0;
}
