import type { PutOutcome, RecordFailure } from "../firehose/outcome.ts";
import { type Packable, type Packing, sizeOf } from "../firehose/pack.ts";
import { backoffMs } from "./backoff.ts";
import type { LastError, ShardStats } from "./stats.ts";

/** A row of the outbox, as delivery sees it. */
export interface OutboxRow extends Packable {
  seq: number;
  ids: Uint8Array;
  lines: Uint8Array;
}

/**
 * Rows that were packed together and stay together: in `lines` packing they are one record, which is sent again byte for
 * byte; in `event` packing it is one row, each of whose lines is a record.
 */
export interface Unit extends Packable {
  rows: OutboxRow[];
  /** How often Firehose has refused it. */
  attempts: number;
  /** Whether storage keeps it together because a call with it failed. */
  held: boolean;
}

/** What becomes of a unit. `lines` names the lines that were not taken, where some were. */
export type Fate =
  | { kind: "delivered" }
  | { kind: "failed"; lines: "all" | number[]; attempts: number; failure: RecordFailure; dead: boolean };

/** Where delivery stands; kept in storage, so that neither eviction nor a restart starts the hammering again. */
export interface Delivery {
  consecutiveFailures: number;
  /** Milliseconds since 1970; null: whenever there is something to deliver. */
  nextAttemptAt: number | null;
  lastSuccessAt: number | null;
  lastError: LastError | null;
}

export const NEW_DELIVERY: Delivery = {
  consecutiveFailures: 0,
  nextAttemptAt: null,
  lastSuccessAt: null,
  lastError: null,
};

/** After so many failures in a row only one unit at a time tries whether Firehose is back. */
export const BREAKER_FAILURES = 5;

/** A call that an operator must make possible again is tried this often, so that a mended setting is noticed. */
const PERMANENT_RETRY_MS = 60_000;

const NEWLINE = 0x0a;

/** The records of a unit, each a chain of byte chunks. */
export function recordsOf(unit: Unit, packing: Packing): Uint8Array[][] {
  if (packing === "lines") return [unit.rows.map(({ lines }) => lines)];
  return unit.rows.flatMap(({ lines }) => linesOf(lines)).map((line) => [line]);
}

/** The lines of a row, each with its newline. */
export function linesOf(lines: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let start = 0; start < lines.byteLength; ) {
    const end = lines.indexOf(NEWLINE, start) + 1 || lines.byteLength;
    found.push(lines.subarray(start, end));
    start = end;
  }
  return found;
}

/**
 * Decides what becomes of each unit of a call. Only a judgement of a record itself counts as an attempt: an outage may last as
 * long as it likes, told for the call or as "slow down" for every record of it, and sends nothing to dead letters.
 */
export function fatesOf(
  units: readonly Unit[],
  outcome: PutOutcome,
  packing: Packing,
  maxAttempts: number,
): Fate[] {
  const sizes = units.map((unit) => sizeOf(unit, packing).records);
  const records = sizes.reduce((sum, size) => sum + size, 0);
  let first = 0;
  return units.map((unit, position) => {
    const indexes = Array.from({ length: sizes[position] ?? 0 }, (_, index) => first + index);
    first += indexes.length;
    if (outcome.kind !== "answered") {
      const counts = outcome.kind === "refused" && units.length === 1;
      return failed(unit, "all", outcome, counts, maxAttempts);
    }
    const refused = indexes.filter((index) => outcome.failures.has(index));
    const failure = outcome.failures.get(refused[0] ?? -1);
    if (failure === undefined) return { kind: "delivered" };
    const lines =
      refused.length === indexes.length ? "all" : refused.map((index) => index - (indexes[0] ?? 0));
    return failed(unit, lines, failure, isJudged(failure, outcome.failures.size, records), maxAttempts);
  });
}

/** A record is judged where others of its call were taken, or where it is refused alone and not for being too much. */
function isJudged({ code }: RecordFailure, failures: number, records: number): boolean {
  return failures < records || (records === 1 && code !== "ServiceUnavailableException");
}

function failed(
  unit: Unit,
  lines: "all" | number[],
  { code, message }: RecordFailure,
  counts: boolean,
  maxAttempts: number,
): Fate {
  const attempts = unit.attempts + (counts ? 1 : 0);
  return {
    kind: "failed",
    lines,
    attempts,
    failure: { code, message },
    dead: counts && attempts >= maxAttempts,
  };
}

/** Where delivery stands after a call. */
export function deliveryAfter(
  before: Delivery,
  outcome: PutOutcome,
  fates: readonly Fate[],
  now: number,
  random: () => number = Math.random,
): Delivery {
  const waiting = fates.filter((fate) => fate.kind === "failed" && !fate.dead);
  const delivered = fates.some((fate) => fate.kind === "delivered" || fate.lines !== "all");
  const lastError = errorOf(outcome, now) ?? before.lastError;
  if (outcome.kind === "answered" && waiting.length === 0) {
    return {
      consecutiveFailures: 0,
      nextAttemptAt: null,
      lastSuccessAt: delivered ? now : before.lastSuccessAt,
      lastError,
    };
  }
  const consecutiveFailures = delivered ? 1 : before.consecutiveFailures + 1;
  const delay = outcome.kind === "permanent" ? PERMANENT_RETRY_MS : backoffMs(consecutiveFailures, random);
  return {
    consecutiveFailures,
    nextAttemptAt: now + delay,
    lastSuccessAt: delivered ? now : before.lastSuccessAt,
    lastError,
  };
}

function errorOf(outcome: PutOutcome, now: number): LastError | undefined {
  const at = new Date(now).toISOString();
  if (outcome.kind !== "answered")
    return { at, kind: outcome.kind, code: outcome.code, message: outcome.message };
  const [failure] = outcome.failures.values();
  return failure && { at, kind: "partial", ...failure };
}

/** Whether the breaker is open: Firehose has failed too often in a row to be sent more than a probe. */
export function isOpen({ consecutiveFailures }: Delivery): boolean {
  return consecutiveFailures >= BREAKER_FAILURES;
}

/** Whether the next call carries one unit alone: to try whether Firehose is back, or to find out what it refuses. */
export function isProbing(delivery: Delivery): boolean {
  const { consecutiveFailures, lastError } = delivery;
  return isOpen(delivery) || (consecutiveFailures > 0 && lastError?.kind === "refused");
}

/**
 * Why nothing is delivered, where that is so: for the registry, and through it for `/ready`, which anyone may read. So only the
 * code, not the message, which may name an account.
 */
export function troubleOf(delivery: Delivery): string | null {
  const { lastError } = delivery;
  if (lastError === null || delivery.consecutiveFailures === 0) return null;
  const isStuck = isOpen(delivery) || lastError.kind === "permanent";
  return isStuck ? lastError.code : null;
}

/** Delivery as the stats show it. */
export function deliveryStats(delivery: Delivery, isCalling: boolean): ShardStats["delivery"] {
  const { consecutiveFailures, nextAttemptAt, lastSuccessAt, lastError } = delivery;
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    state: !isOpen(delivery) ? "closed" : isCalling ? "half_open" : "open",
    consecutive_failures: consecutiveFailures,
    next_attempt_at: time(nextAttemptAt),
    last_success_at: time(lastSuccessAt),
    last_error: lastError,
  };
}

/** When to wake next, in milliseconds since 1970: the one place that decides it. Null: there is nothing to deliver. */
export function nextWake(
  waiting: { bytes: number; oldestAt: number | null },
  { nextAttemptAt }: Delivery,
  { callBytes, flushIntervalMs }: { callBytes: number; flushIntervalMs: number },
): number | null {
  if (waiting.oldestAt === null) return null;
  if (nextAttemptAt !== null) return nextAttemptAt;
  return waiting.bytes >= callBytes ? 0 : waiting.oldestAt + flushIntervalMs;
}
