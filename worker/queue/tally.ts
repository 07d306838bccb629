import type { FailureClass } from "../firehose/failure-class.ts";
import { type Latency, NO_LATENCY } from "./latency.ts";
import type { ShardStats } from "./stats.ts";

/** The limits that a request may have been over: of a player token, a write key, a server key. */
export const RATE_LIMITS = ["player", "write", "server"] as const;
export type RateLimit = (typeof RATE_LIMITS)[number];

/** Requests that were refused because there were too many, by the limit. */
export type RateLimited = Readonly<Record<RateLimit, number>>;

/**
 * What a queue counts beside its totals, since it was born, for `/metrics` alone. Saved with the state, in a row that is written anyway;
 * what is not saved yet is not told: a counter that fell after an eviction would look like all of it came anew.
 */
export interface Tally {
  /** Bytes of all lines that were taken. */
  lineBytes: number;
  /** Calls that failed as a whole. */
  failedCalls: Readonly<Record<FailureClass, number>>;
  /** Records that failed by themselves in a call that was answered. */
  failedRecords: number;
  /** Records that were sent again after they had failed. */
  retriedRecords: number;
  rateLimited: RateLimited;
  latency: Latency;
}

/** Of a tally, what came of one call. */
export interface CallTally {
  failure: FailureClass | undefined;
  failedRecords: number;
  retriedRecords: number;
}

/** One queue's numbers, and what is told nowhere but in `/metrics`. */
export interface ShardMetrics extends ShardStats {
  tally: Tally;
  /** Ids that are remembered, and what the filters for them take of memory. */
  dedup: { ids: number; filter_bytes: number };
  /** Who is playing now: a sketch as text, since a player may meet several queues. Absent where the queue is of a version before. */
  activePlayers?: string;
}

export const NO_RATE_LIMITED: RateLimited = { player: 0, write: 0, server: 0 };

export const NO_TALLY: Tally = {
  lineBytes: 0,
  failedCalls: { throttled: 0, timeout: 0, unavailable: 0, refused: 0, permanent: 0 },
  failedRecords: 0,
  retriedRecords: 0,
  rateLimited: NO_RATE_LIMITED,
  latency: NO_LATENCY,
};

/** Adds what came of a call. */
export function withCall(tally: Tally, { failure, failedRecords, retriedRecords }: CallTally): Tally {
  const { failedCalls } = tally;
  return {
    ...tally,
    failedCalls: failure ? { ...failedCalls, [failure]: failedCalls[failure] + 1 } : failedCalls,
    failedRecords: tally.failedRecords + failedRecords,
    retriedRecords: tally.retriedRecords + retriedRecords,
  };
}

/** Adds requests that were refused. */
export function withRateLimited(a: RateLimited, b: RateLimited): RateLimited {
  return { player: a.player + b.player, write: a.write + b.write, server: a.server + b.server };
}
