import { isoTime } from "../../events/time.ts";
import type { KnownRate, Rate } from "../../queue/registry.ts";
import { isJump } from "./decimal.ts";
import type { Publication } from "./parse-feed.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A publication is of a day that has begun; clocks and time zones take less than another one. */
const MAX_AHEAD_MS = DAY_MS;

/**
 * The ECB publishes on every working day but the closing days of TARGET, of which Easter has the most on end: five days from one
 * rate to the next. https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html
 */
const STALE_AFTER_MS = 7 * DAY_MS;

/** A currency that has not been published for so long is gone, as those are that joined the euro: it is missed no more. */
const MISSED_FOR_MS = 30 * DAY_MS;

/** What an operator is to know, as it is logged. */
export type Warning =
  /** The source is of a day to come, or of one before the last known: nothing of it is taken. */
  | { event: "rates_from_the_future" | "rates_older_than_known"; day: string }
  /** The source has published nothing new for a week. */
  | { event: "rates_stale"; day: string }
  /** Currencies that had rates and have none now: the last ones go on. */
  | { event: "rates_missing"; day: string; currencies: string[] }
  /** What the source has beside rates of known currencies. */
  | { event: "rates_unusable"; day: string; currencies: string[] }
  /** More than 20 % from the last known: it waits for the next day to confirm it. */
  | ({ event: "rate_held_back" } & Jump)
  /** Held back before, and confirmed now: taken. */
  | ({ event: "rate_jump_confirmed" } & Jump);

interface Jump {
  day: string;
  currency: string;
  from: string;
  to: string;
}

/** What becomes of a publication. */
export interface Judgement {
  /** What is to be delivered: after a jump that was confirmed also the rate that was held back. */
  taken: (Rate & { currency: string })[];
  /** What is known from then on, of those currencies of which something else is known than before. */
  known: KnownRate[];
  warnings: Warning[];
}

/** Says which rates of a publication are taken, given the last known ones and the time. */
export function judgeRates(publication: Publication, known: readonly KnownRate[], now: number): Judgement {
  const { validFrom } = publication;
  const day = dayOf(validFrom);
  const latest = latestOf(known);
  if (Date.parse(validFrom) > now + MAX_AHEAD_MS) return refused({ event: "rates_from_the_future", day });
  if (validFrom < latest) return refused({ event: "rates_older_than_known", day });

  const judgement: Judgement = { taken: [], known: [], warnings: [] };
  const knownByCurrency = new Map(known.map((rate) => [rate.currency, rate]));
  for (const [currency, usd_per_unit] of publication.rates) {
    const rate = { usd_per_unit, valid_from: validFrom };
    addVerdict(judgement, currency, rate, knownByCurrency.get(currency));
  }
  if (Date.parse(validFrom) < now - STALE_AFTER_MS) judgement.warnings.push({ event: "rates_stale", day });
  // What was said of a publication is not said again each time that it is looked at.
  if (validFrom > latest) judgement.warnings.push(...gapsOf(publication, known));
  return judgement;
}

function addVerdict(
  { taken, known, warnings }: Judgement,
  currency: string,
  rate: Rate,
  before: KnownRate | undefined,
): void {
  if (before !== undefined && newestOf(before) >= rate.valid_from) return;
  const verdict = verdictOn(rate, before);
  switch (verdict.kind) {
    case "taken":
      taken.push({ currency, ...rate });
      known.push({ currency, ...rate, held: null });
      return;
    case "confirmed":
      taken.push({ currency, ...verdict.held }, { currency, ...rate });
      known.push({ currency, ...rate, held: null });
      warnings.push({ event: "rate_jump_confirmed", ...jumpOf(verdict.known, rate) });
      return;
    case "held_back":
      known.push({ ...verdict.known, held: rate });
      warnings.push({ event: "rate_held_back", ...jumpOf(verdict.known, rate) });
  }
}

type Verdict =
  | { kind: "taken" }
  | { kind: "confirmed"; known: KnownRate; held: Rate }
  | { kind: "held_back"; known: KnownRate };

/** A real devaluation stays, a slip of the source does not: the next day tells them apart. */
function verdictOn(rate: Rate, known: KnownRate | undefined): Verdict {
  if (known === undefined || !isJump(known.usd_per_unit, rate.usd_per_unit)) return { kind: "taken" };
  const { held } = known;
  const isConfirmed = held !== null && !isJump(held.usd_per_unit, rate.usd_per_unit);
  return isConfirmed ? { kind: "confirmed", known, held } : { kind: "held_back", known };
}

function jumpOf(known: KnownRate, rate: Rate): Jump {
  const { currency, usd_per_unit } = known;
  return { day: dayOf(rate.valid_from), currency, from: usd_per_unit, to: rate.usd_per_unit };
}

function gapsOf({ validFrom, rates, unusable }: Publication, known: readonly KnownRate[]): Warning[] {
  const day = dayOf(validFrom);
  const missedFrom = isoTime(Date.parse(validFrom) - MISSED_FOR_MS);
  const missing = known.filter((rate) => !rates.has(rate.currency) && newestOf(rate) >= missedFrom);
  return [
    { event: "rates_missing" as const, day, currencies: missing.map(({ currency }) => currency) },
    { event: "rates_unusable" as const, day, currencies: unusable },
  ].filter(({ currencies }) => currencies.length > 0);
}

function refused(warning: Warning): Judgement {
  return { taken: [], known: [], warnings: [warning] };
}

/** The day of the last publication; empty before the first. */
function latestOf(known: readonly KnownRate[]): string {
  return known.map(newestOf).toSorted().at(-1) ?? "";
}

function newestOf({ valid_from, held }: KnownRate): string {
  return held?.valid_from ?? valid_from;
}

function dayOf(validFrom: string): string {
  return validFrom.slice(0, "2026-11-20".length);
}
