import type { KnownRate } from "../../../queue/registry.ts";
import { spellDuration } from "../spell.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { FINE, UNKNOWN, type Verdict } from "../verdict.ts";

/** Whether the latest exchange rates are so old that revenue is converted wrongly. */
export function checkRates(rates: readonly Pick<KnownRate, "valid_from">[], now: number): Verdict {
  if (rates.length === 0) return UNKNOWN;
  const latest = Math.max(...rates.map(({ valid_from }) => Date.parse(valid_from)));
  const age = now - latest;
  if (age <= THRESHOLDS.RATES_AGE_MS) return FINE;
  const detail = `the latest exchange rates are ${spellDuration(age)} old`;
  return { kind: "firing", since: latest, detail };
}
