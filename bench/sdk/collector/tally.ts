import type { Arrival } from "./protocols.ts";

/** A request that comes this soon after the first refusal was under way already. */
const UNDER_WAY_MS = 100;

/** What has come so far. Times are in milliseconds of {@link nowMs}. */
export interface Tally {
  /** Different events. */
  arrived: number;
  /** Further copies of them. */
  duplicates: number;
  /** Those of the copies that no id gives away. */
  strangers: number;
  /** Requests that carried events, or would have. */
  requests: number;
  /** Those of them that were not answered with a success. */
  failed: number;
  /** Those that came before the time that a Retry-After had named, until the first success. */
  early: number;
  /** All bytes that came over the wire, headers included. */
  bytes: number;
  /** When an event came that had not come before; 0: none has. */
  lastArrivalAt: number;
  /** When any request came; 0: none has. */
  lastRequestAt: number;
}

/** A clock that all processes of a machine share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** Counts requests, and events by their numbers. */
export function createTally() {
  const ids = new Map<number, string | undefined>();
  const tally = {
    duplicates: 0,
    strangers: 0,
    requests: 0,
    failed: 0,
    early: 0,
    lastArrivalAt: 0,
    lastRequestAt: 0,
  };
  let refusedAt = Number.POSITIVE_INFINITY;
  let notBefore = 0;
  return {
    /** Counts a request and says the how-manieth it is. */
    countRequest(): number {
      const now = nowMs();
      tally.requests += 1;
      tally.lastRequestAt = now;
      if (now < notBefore && now > refusedAt + UNDER_WAY_MS) tally.early += 1;
      return tally.requests;
    },
    countFailure(): void {
      tally.failed += 1;
    },
    /** From now on, requests within `waitMs` are early. */
    askToWait(waitMs: number): void {
      const now = nowMs();
      refusedAt = Math.min(refusedAt, now);
      notBefore = now + waitMs;
    },
    take(arrivals: Arrival[]): void {
      notBefore = 0; // a success ends the wait
      for (const { n, id } of arrivals) {
        if (Number.isNaN(n)) continue; // an SDK's own, such as the start of a session
        if (ids.has(n)) {
          tally.duplicates += 1;
          if (id === undefined || ids.get(n) !== id) tally.strangers += 1;
        } else {
          ids.set(n, id);
          tally.lastArrivalAt = nowMs();
        }
      }
    },
    read: (bytes: number): Tally => ({ ...tally, arrived: ids.size, bytes }),
  };
}
