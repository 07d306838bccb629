import { CLOCK_TOLERANCE_MS, MAX_EVENT_AGE_MS } from "./limits.ts";

const MINUTE_MS = 60_000;

/** When an event happened: the collector's best answer. */
export type Placed =
  | { kind: "placed"; timestamp: string }
  | { kind: "future"; timestamp: string }
  | { kind: "too_old" };

/**
 * What to add to a client's timestamps, in milliseconds: zero unless its clock is off by more than a minute, and then a whole
 * number of minutes, so that transit time does not leak into event times and one device's events keep their order.
 * `clockOffsetMs`, the client's own estimate over many answers, is better than one `sentAt` and takes its place.
 */
export function clockCorrection(
  receivedAt: number,
  sentAt: string | undefined,
  clockOffsetMs: number | undefined,
): number {
  const offset = clockOffsetMs ?? (sentAt === undefined ? 0 : receivedAt - Date.parse(sentAt));
  return Math.abs(offset) > CLOCK_TOLERANCE_MS ? Math.round(offset / MINUTE_MS) * MINUTE_MS : 0;
}

/**
 * Places a client's timestamp in time. A little ahead of the collector is taken as it is, since so many clocks are and order
 * within a device is worth more; further ahead becomes the time received.
 */
export function place(clientTimestamp: string, correctionMs: number, receivedAt: number): Placed {
  const happenedAt = Date.parse(clientTimestamp) + correctionMs;
  if (happenedAt < receivedAt - MAX_EVENT_AGE_MS) return { kind: "too_old" };
  if (happenedAt > receivedAt + CLOCK_TOLERANCE_MS) return { kind: "future", timestamp: isoTime(receivedAt) };
  const asSent = correctionMs === 0 && isCanonical(clientTimestamp);
  return { kind: "placed", timestamp: asSent ? clientTimestamp : isoTime(happenedAt) };
}

export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Whether it is written as `toISOString` would: then it need not be written again, which costs more than all other checks. */
function isCanonical(timestamp: string): boolean {
  return timestamp.length === 24 && timestamp.endsWith("Z");
}
