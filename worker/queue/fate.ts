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
  /** Each half by itself, until the event that is guilty stands alone. */
  | { kind: "split" }
  /** Refused for good: dead letters. */
  | { kind: "dead"; refused: "all" | number[]; attempts: number; failure: RecordFailure };

/** A record refused so often is split: that loses nothing, even where the refusals were chance. */
const TRIES_BEFORE_SPLIT = 3;

/** How Firehose says of a record that it is too much just now: it says nothing of the record itself. */
const SLOW_DOWN = "ServiceUnavailableException";

interface Circumstances {
  packing: Packing;
  /** An event refused so often, while others are taken, is refused for good. */
  maxAttempts: number;
  /** When Firehose last took anything. */
  lastSuccessAt: number | null;
}

/**
 * Decides what becomes of each unit of a call. An event is refused for good only where others were taken after it failed first: an
 * outage may last as long as it likes, told for the call or as "slow down" for each record, and so may a wrong setting.
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
      return units.map((unit) => again(unit));
  }
}

function again({ held }: Unit, counted: 0 | 1 = 0): Fate {
  return { kind: "again", attempts: (held?.attempts ?? 0) + counted, isSuspect: held?.isSuspect ?? false };
}

/** The service refuses what a call holds, without saying which record: so each is sent alone, and what is refused alone is split. */
function fateOfRefused(
  unit: Unit,
  isAlone: boolean,
  { code, message }: RecordFailure,
  circumstances: Circumstances,
): Fate {
  const attempts = unit.held?.attempts ?? 0;
  if (!isAlone) return { kind: "again", attempts, isSuspect: true };
  if (unit.events > 1) return { kind: "split" };
  // A wrong setting has every call refused: only what was taken since the last try shows that it is this event.
  if (!wereOthersTaken(unit.held?.triedAt, circumstances))
    return { kind: "again", attempts, isSuspect: true };
  return { kind: "dead", refused: "all", attempts: attempts + 1, failure: { code, message } };
}

function fatesByRecord(
  units: readonly Unit[],
  failures: ReadonlyMap<number, RecordFailure>,
  circumstances: Circumstances,
): Fate[] {
  const sizes = units.map((unit) => sizeOf(unit, circumstances.packing).records);
  const records = sizes.reduce((sum, size) => sum + size, 0);
  let end = 0;
  return units.map((unit, position) => {
    const start = end;
    end += sizes[position] ?? 0;
    const indexes = Array.from({ length: end - start }, (_, index) => index);
    const refused = indexes.filter((index) => failures.has(start + index));
    const told = refused.flatMap((index) => failures.get(start + index) ?? []);
    // Of a row of records some may be guilty and others too much: then all of them wait until it is plain.
    const failure = told.find(({ code }) => code === SLOW_DOWN) ?? told[0];
    if (failure === undefined) return { kind: "delivered" };
    const lines = refused.length === indexes.length ? "all" : refused;
    const isOnlyOne = failures.size === records && !wereOthersTaken(unit.held?.since, circumstances);
    return fateOfRecord(unit, lines, failure, isOnlyOne, circumstances.maxAttempts);
  });
}

function fateOfRecord(
  unit: Unit,
  refused: "all" | number[],
  { code, message }: RecordFailure,
  nothingWasTaken: boolean,
  maxAttempts: number,
): Fate {
  const isJudged = code !== SLOW_DOWN;
  const attempts = (unit.held?.attempts ?? 0) + Number(isJudged);
  if (refused === "all" && unit.events > 1) {
    return isJudged && attempts >= TRIES_BEFORE_SPLIT ? { kind: "split" } : again(unit, isJudged ? 1 : 0);
  }
  if (isJudged && attempts >= maxAttempts && !nothingWasTaken) {
    return { kind: "dead", refused, attempts, failure: { code, message } };
  }
  if (refused !== "all") return { kind: "partly", refused, attempts };
  return again(unit, isJudged && !nothingWasTaken ? 1 : 0);
}

/** Whether anything was taken since then. Else a refusal may be the service's state, or a setting that is wrong. */
function wereOthersTaken(since: number | undefined, { lastSuccessAt }: Circumstances): boolean {
  return since !== undefined && lastSuccessAt !== null && lastSuccessAt >= since;
}
