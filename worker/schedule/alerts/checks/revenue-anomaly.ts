import { type Day, dayOf, HOUR_MS, hourOf, type Revenue, startOfHour } from "../../history/day.ts";
import { median, robustZ } from "../robust-z.ts";
import { DAY_MS, THRESHOLDS } from "../thresholds.ts";
import { FINE, type Finding, type Verdict } from "../verdict.ts";

/**
 * Whether the revenue of the last whole hour is far from what the same hour of the days before brought, for each currency. Where too
 * few days are known, or the hour usually brings nothing, there is nothing to compare with.
 */
export function checkRevenue(days: ReadonlyMap<string, Pick<Day, "revenue">>, now: number): Finding[] {
  const hour = startOfHour(now) - HOUR_MS;
  const revenue = revenueIn(days, hour);
  if (revenue === undefined) return [];
  const before = Array.from({ length: THRESHOLDS.REVENUE_DAYS_MAX }, (_, index) =>
    revenueIn(days, hour - (index + 1) * DAY_MS),
  ).filter((known) => known !== undefined);
  const currencies = [...new Set([revenue, ...before].flatMap(Object.keys))].toSorted();
  return currencies.map((currency) => {
    const others = before.map((known) => Number(known[currency] ?? 0));
    const verdict = verdictOn(currency, Number(revenue[currency] ?? 0), others, hour);
    return { check: "revenue_anomaly", about: currency, verdict };
  });
}

function verdictOn(currency: string, amount: number, others: readonly number[], hour: number): Verdict {
  if (others.length < THRESHOLDS.REVENUE_DAYS_MIN) return FINE;
  const usual = median(others);
  if (usual === 0) return FINE;
  const z = robustZ(amount, others, THRESHOLDS.REVENUE_MAD_FLOOR);
  if (Math.abs(z) <= THRESHOLDS.REVENUE_Z) return FINE;
  const detail = `${currency} ${amount.toFixed(2)} in the hour, where ${usual.toFixed(2)} is usual at that time of day (z = ${z.toFixed(1)})`;
  return { kind: "firing", since: hour, detail };
}

function revenueIn(days: ReadonlyMap<string, Pick<Day, "revenue">>, hour: number): Revenue | undefined {
  return days.get(dayOf(hour))?.revenue[hourOf(hour)];
}
