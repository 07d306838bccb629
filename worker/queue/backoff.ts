/** The first retry comes within a second, later ones within twice the time before, at most five minutes. */
const BASE_MS = 1_000;
export const LONGEST_BACKOFF_MS = 5 * 60_000;

/**
 * How long to wait after so many failures in a row: exponential with full jitter, so that many queues do not return at once.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  return Math.round(random() * Math.min(LONGEST_BACKOFF_MS, BASE_MS * 2 ** (failures - 1)));
}
