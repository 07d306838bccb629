import type { PutOutcome, RecordFailure } from "../firehose/outcome.ts";
import { type Packing, sizeOf } from "../firehose/pack.ts";
import type { Unit } from "./unit.ts";

/** What becomes of a unit after a call. Lines are told by their place in the unit. */
export type Fate =
  | { kind: "delivered" }
  /** Nothing of it was taken: the same again. */
  | { kind: "again"; attempts: number; isSuspect: boolean }
  /** Some lines were taken, where each is a record: the others again. */
  | { kind: "partly"; refused: number[]; attempts: number }
  /** Refused for good: each half by itself, until the event that is guilty stands alone. */
  | { kind: "split"; attempts: number }
  /** Refused for good: dead letters. */
  | { kind: "dead"; refused: "all" | number[]; attempts: number; failure: RecordFailure };

/** How often half of a refused record is tried before it is split in turn: one refusal may be chance. */
const TRIES_AFTER_SPLIT = 2;

interface Circumstances {
  packing: Packing;
  /** A record refused this often is refused for good. */
  maxAttempts: number;
  /** When Firehose last took anything. */
  lastSuccessAt: number | null;
}

/**
 * Decides what becomes of each unit of a call. Only a judgement of a record itself counts as an attempt: an outage may last as
 * long as it likes, told for the call or as "slow down" for every record of it, and sends nothing to dead letters.
 */
export function fatesOf(units: readonly Unit[], outcome: PutOutcome, circumstances: Circumstances): Fate[] {
  switch (outcome.kind) {
    case "answered":
      return fatesByRecord(units, outcome.failures, circumstances);
    case "refused":
      return units.map((unit) => fateOfRefused(unit, units.length === 1, outcome, circumstances));
    case "throttled":
    case "transient":
    case "permanent":
      return units.map(sameAgain);
  }
}

function sameAgain({ held }: Unit): Fate {
  return { kind: "again", attempts: held?.attempts ?? 0, isSuspect: held?.isSuspect ?? false };
}

/** The service refuses what a call holds, without saying which record: so each is sent alone, and judged where others are taken. */
function fateOfRefused(
  unit: Unit,
  isAlone: boolean,
  failure: RecordFailure,
  circumstances: Circumstances,
): Fate {
  if (isAlone && othersWereTaken(unit, circumstances))
    return refusedForGood(unit, "all", failure, circumstances);
  return { kind: "again", attempts: unit.held?.attempts ?? 0, isSuspect: true };
}

function fatesByRecord(
  units: readonly Unit[],
  failures: ReadonlyMap<number, RecordFailure>,
  circumstances: Circumstances,
): Fate[] {
  const sizes = units.map((unit) => sizeOf(unit, circumstances.packing).records);
  const records = sizes.reduce((sum, size) => sum + size, 0);
  let first = 0;
  return units.map((unit, position) => {
    const indexes = Array.from({ length: sizes[position] ?? 0 }, (_, index) => first + index);
    const start = first;
    first += indexes.length;
    const refused = indexes.filter((index) => failures.has(index));
    const failure = failures.get(refused[0] ?? -1);
    if (failure === undefined) return { kind: "delivered" };
    const lines = refused.length === indexes.length ? "all" : refused.map((index) => index - start);
    const isJudged =
      failure.code !== SLOW_DOWN && (failures.size < records || othersWereTaken(unit, circumstances));
    const attempts = (unit.held?.attempts ?? 0) + Number(isJudged);
    if (isJudged && attempts >= circumstances.maxAttempts)
      return refusedForGood(unit, lines, failure, circumstances);
    if (lines === "all") return { kind: "again", attempts, isSuspect: unit.held?.isSuspect ?? false };
    return { kind: "partly", refused: lines, attempts };
  });
}

/** How Firehose says of a record that it is too much just now: it says nothing of the record itself. */
const SLOW_DOWN = "ServiceUnavailableException";

/** While nothing at all is taken, a refusal may be the service's state, or a setting that is wrong: then nobody is guilty. */
function othersWereTaken({ held }: Unit, { lastSuccessAt }: Circumstances): boolean {
  return held !== null && lastSuccessAt !== null && lastSuccessAt > held.since;
}

function refusedForGood(
  unit: Unit,
  refused: "all" | number[],
  { code, message }: RecordFailure,
  { maxAttempts }: Circumstances,
): Fate {
  if (refused === "all" && unit.events > 1)
    return { kind: "split", attempts: Math.max(0, maxAttempts - TRIES_AFTER_SPLIT) };
  const attempts = Math.max(maxAttempts, (unit.held?.attempts ?? 0) + 1);
  return { kind: "dead", refused, attempts, failure: { code, message } };
}
