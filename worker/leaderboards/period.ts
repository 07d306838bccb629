import type { BoardPeriod } from "../events/board.ts";

const DAY_MS = 86_400_000;

/** A period whose end is longer ago is dropped: events are taken for 30 days, and some may wait in a queue. */
export const PERIOD_KEPT_MS = 35 * DAY_MS;

/** The period that a time (milliseconds since 1970) lies in: `2026-11-21`, `2026-W47` (ISO 8601, in UTC) or `all`. */
export function periodOf(period: BoardPeriod, at: number): string {
  switch (period) {
    case "day":
      return new Date(at).toISOString().slice(0, 10);
    case "week":
      return weekOf(Math.floor(at / DAY_MS));
    case "all":
      return "all";
  }
}

/** When a period ends, in milliseconds since 1970; Infinity: never. Undefined: it is no such period. */
export function endOf(period: BoardPeriod, name: string): number | undefined {
  if (period === "all") return name === "all" ? Number.POSITIVE_INFINITY : undefined;
  const end = period === "day" ? Date.parse(`${name}T00:00:00.000Z`) + DAY_MS : endOfWeek(name);
  return Number.isFinite(end) && periodOf(period, end - 1) === name ? end : undefined;
}

/** Days since 1970 began with a Thursday. */
const weekdayOf = (day: number) => (day + 3) % 7;

/** The week that has a year's first Thursday is its first: https://en.wikipedia.org/wiki/ISO_week_date */
function weekOf(day: number): string {
  const thursday = day - weekdayOf(day) + 3;
  const year = new Date(thursday * DAY_MS).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1) / DAY_MS) / 7) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}

function endOfWeek(name: string): number {
  const [, year, week] = /^(\d{4})-W(\d\d)$/.exec(name) ?? [];
  const fourth = Date.UTC(Number(year), 0, 4) / DAY_MS;
  return (fourth - weekdayOf(fourth) + Number(week) * 7) * DAY_MS;
}
