import { NO_TOTALS, type Totals } from "../../queue/stats.ts";

export const HOUR_MS = 60 * 60 * 1000;

/** So far back the events of "the last hour" are known, a late check included. */
const RECENT_MS = 65 * 60 * 1000;

/** Amounts by currency, as decimals: `{ "EUR": "12.47" }`. */
export type Revenue = Record<string, string>;

/** What the live state knows of the current UTC day, and the totals do not. */
export interface Today {
  active_players: number;
  purchases: number;
  revenue: Revenue;
  /** Why events were rejected, the most frequent first: a code, and a field of the contract. */
  reasons: { code: string; field: string; count: number }[];
  /** Of the last hour; null: nothing was delivered in it. */
  latency_p95_ms: number | null;
  /** The day's hours so far. */
  hours: { at: string; revenue: Revenue }[];
}

/**
 * What is kept of a game and a UTC day, an object of about 3 KiB. Each check rewrites it:
 *
 * `{"at":1795262400000,"atStart":{"received":70000,…},"totals":{"received":71234,…},"lastReceivedAt":1795262400000,`
 * `"recent":[{"at":1795258800000,"received":71100,"rejected":3,"dead_lettered":0}],"hours":{"12":412},`
 * `"revenue":{"12":{"EUR":"12.47"}},"worstLatencyMs":9000,"today":{"active_players":17,…}}`
 */
export interface Day {
  /** The last check. All times are in milliseconds since 1970. */
  at: number;
  /** The totals when the day began, or the game was first seen. */
  atStart: Totals;
  /** The totals at the last check. */
  totals: Totals;
  /** The last check that saw new events; null: none ever has. */
  lastReceivedAt: number | null;
  /** What the last hour's checks saw, the oldest first; at least the one before the last, however long ago. */
  recent: { at: number; received: number; rejected: number; dead_lettered: number }[];
  /** Events received, by the hour, 0 to 23, without those in which none came. */
  hours: Record<string, number>;
  /** By the hour, of all hours for which it is known: `{}` where nothing was sold. */
  revenue: Record<string, Revenue>;
  /** The worst hour's 95th percentile of the time from taken to taken by Firehose. */
  worstLatencyMs: number | null;
  today: Omit<Today, "hours" | "latency_p95_ms"> | null;
}

/** A game as one check sees it. `today` is null where the live state does not answer. */
export interface Seen {
  totals: Totals;
  today: Today | null;
}

/** `2026-11-21`, the UTC day of a time. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** `13`, the UTC hour of a time. */
export function hourOf(at: number): string {
  return String(new Date(at).getUTCHours());
}

/** When the UTC hour of a time began. */
export function startOfHour(at: number): number {
  return at - (at % HOUR_MS);
}

/** The day on which a game is first seen. `isNew`: all that ever came, came since the last check; else what came before is not of it. */
export function firstDay(all: Totals, isNew: boolean, now: number): Day {
  const totals = isNew ? NO_TOTALS : all;
  return {
    at: now,
    atStart: totals,
    totals,
    lastReceivedAt: totals.received > 0 ? now : null,
    recent: [sampleOf(totals, now)],
    hours: {},
    revenue: {},
    worstLatencyMs: null,
    today: null,
  };
}

function sampleOf({ received, rejected, dead_lettered }: Totals, at: number): Day["recent"][number] {
  return { at, received, rejected, dead_lettered };
}

function nextDay(day: Day): Day {
  return { ...day, atStart: day.totals, hours: {}, revenue: {}, worstLatencyMs: null, today: null };
}

/**
 * What a check adds to what the one before left. What came between the two counts for the hour of the second: checks come in the last
 * minute of an hour (`crons.ts`), so that no more than that minute is in the wrong hour, or day.
 */
export function advance(before: Day, { totals, today }: Seen, now: number): Day {
  const begun = dayOf(before.at) === dayOf(now) ? before : nextDay(before);
  return checked(withTotals(begun, totals, now), today, now);
}

function withTotals(day: Day, totals: Totals, now: number): Day {
  const grown = Math.max(0, totals.received - day.totals.received);
  const hour = hourOf(now);
  const received = (day.hours[hour] ?? 0) + grown;
  return {
    ...day,
    totals,
    lastReceivedAt: grown > 0 ? now : day.lastReceivedAt,
    hours: received > 0 ? { ...day.hours, [hour]: received } : day.hours,
  };
}

function checked(day: Day, today: Today | null, now: number): Day {
  const known = day.recent.filter(({ at }) => at >= now - RECENT_MS);
  const recent = [...(known.length > 0 ? known : day.recent.slice(-1)), sampleOf(day.totals, now)];
  if (today === null) return { ...day, at: now, recent };
  const { hours, latency_p95_ms, ...rest } = today;
  const revenue = hours.map((hour): [string, Revenue] => [hourOf(Date.parse(hour.at)), hour.revenue]);
  const latencies = [day.worstLatencyMs, latency_p95_ms].filter((ms) => ms !== null);
  return {
    ...day,
    at: now,
    recent,
    revenue: { ...day.revenue, ...Object.fromEntries(revenue) },
    worstLatencyMs: latencies.length === 0 ? null : Math.max(...latencies),
    today: rest,
  };
}
