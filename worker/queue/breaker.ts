import { adviceOn } from "../firehose/advice.ts";
import type { PutOutcome } from "../firehose/outcome.ts";
import { backoffMs, LONGEST_BACKOFF_MS } from "./backoff.ts";
import type { Fate } from "./fate.ts";
import { paceAfter } from "./pace.ts";
import type { DeliveryState, LastError, ShardStats } from "./stats.ts";

/** Where delivery stands; kept in storage, so that neither eviction nor a restart starts the hammering again. */
export interface Delivery {
  /** `open`: nothing is sent until `nextAttemptAt`, then one small probe, during which it is `half_open`. */
  state: DeliveryState;
  consecutiveFailures: number;
  /** Milliseconds since 1970; null: whenever there is something to deliver. */
  nextAttemptAt: number | null;
  lastSuccessAt: number | null;
  lastError: LastError | null;
  /** The part of the stream's quota that this queue takes: throttling halves it, since others share the stream. */
  pace: number;
}

export const NEW_DELIVERY: Delivery = {
  state: "closed",
  consecutiveFailures: 0,
  nextAttemptAt: null,
  lastSuccessAt: null,
  lastError: null,
  pace: 1,
};

/** After so many failures in a row the breaker opens. */
export const BREAKER_FAILURES = 5;

/** A call that an operator must make possible again is tried this often, so that a mended setting is noticed. */
const PERMANENT_RETRY_MS = 60_000;

/** Where delivery stands after a call. */
export function deliveryAfter(
  before: Delivery,
  outcome: PutOutcome,
  fates: readonly Fate[],
  now: number,
  random: () => number = Math.random,
): Delivery {
  const hasFailed = outcome.kind !== "answered" || outcome.failures.size > 0;
  const hasDelivered = fates.some(({ kind }) => kind === "delivered" || kind === "partly");
  const after: Delivery = {
    ...before,
    lastSuccessAt: hasDelivered ? now : before.lastSuccessAt,
    lastError: errorOf(outcome, now) ?? before.lastError,
    pace: paceAfter(before.pace, outcome),
  };
  const healed: Delivery = hasDelivered ? { ...after, state: "closed", consecutiveFailures: 0 } : after;
  if (hasFailed) return failing(healed, outcome, now, random);
  // A call beside this one may have failed: its backoff goes on.
  return { ...healed, nextAttemptAt: isBackingOff(before, now) ? before.nextAttemptAt : null };
}

function failing(delivery: Delivery, outcome: PutOutcome, now: number, random: () => number): Delivery {
  // Calls that were under way together fail together: that is one failure.
  const isSameFailure = isBackingOff(delivery, now) && delivery.consecutiveFailures > 0;
  const consecutiveFailures = delivery.consecutiveFailures + Number(!isSameFailure);
  const isPermanent = outcome.kind === "permanent";
  const delay = isPermanent ? PERMANENT_RETRY_MS : backoffMs(consecutiveFailures, random);
  const isOpen = isPermanent || delivery.state !== "closed" || consecutiveFailures >= BREAKER_FAILURES;
  return {
    ...delivery,
    state: isOpen ? "open" : "closed",
    consecutiveFailures,
    nextAttemptAt: isSameFailure && !isPermanent ? delivery.nextAttemptAt : now + delay,
  };
}

function errorOf(outcome: PutOutcome, now: number): LastError | undefined {
  const failure = outcome.kind === "answered" ? [...outcome.failures.values()][0] : outcome;
  if (failure === undefined) return undefined;
  const { code, message } = failure;
  const kind = outcome.kind === "answered" ? "partial" : outcome.kind;
  return { at: new Date(now).toISOString(), kind, code, message, advice: adviceOn(kind, code) };
}

/** Whether a failure still asks for patience. One that asks for more than it ever may is of a clock that was ahead. */
export function isBackingOff({ nextAttemptAt }: Delivery, now: number): boolean {
  return nextAttemptAt !== null && nextAttemptAt > now && nextAttemptAt <= now + LONGEST_BACKOFF_MS;
}

/** Where delivery stands while its breaker is tried by a probe. */
export function probing(delivery: Delivery): Delivery {
  return delivery.state === "open" ? { ...delivery, state: "half_open" } : delivery;
}

/** Where delivery stands once nothing waits: what failed last may have gone to dead letters, and nothing is left that could fail. */
export function resting(delivery: Delivery): Delivery {
  return { ...delivery, state: "closed", consecutiveFailures: 0, nextAttemptAt: null };
}

/** Why nothing is delivered, where that is so. */
export function troubleOf({ state, lastError }: Delivery): LastError | null {
  return state === "closed" ? null : lastError;
}

/** Delivery as the stats show it. `bytesPerS` is what the queue allows itself at its pace. */
export function deliveryStats(delivery: Delivery, bytesPerS: number): ShardStats["delivery"] {
  const { state, consecutiveFailures, nextAttemptAt, lastSuccessAt, lastError } = delivery;
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    state,
    consecutive_failures: consecutiveFailures,
    next_attempt_at: time(nextAttemptAt),
    last_success_at: time(lastSuccessAt),
    last_error: lastError,
    bytes_per_s: Math.round(bytesPerS),
  };
}

/** When to wake next, in milliseconds since 1970: the one place that decides it. Null: there is nothing to deliver. */
export function nextWake(
  waiting: { bytes: number; oldestAt: number | null },
  delivery: Delivery,
  { callBytes, flushIntervalMs }: { callBytes: number; flushIntervalMs: number },
  now: number,
): number | null {
  if (waiting.oldestAt === null) return null;
  if (isBackingOff(delivery, now)) return delivery.nextAttemptAt;
  const isDue = delivery.nextAttemptAt !== null || waiting.bytes >= callBytes;
  // The oldest may have come while the clock was ahead.
  return isDue ? now : Math.min(waiting.oldestAt, now) + flushIntervalMs;
}
