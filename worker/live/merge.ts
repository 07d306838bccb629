import * as z from "zod";
import { CURRENCIES } from "../events/currencies.ts";
import { isoTime } from "../events/time.ts";
import { countOf, percentile } from "./delays.ts";
import {
  addEvents,
  dayOf,
  type EventCounts,
  HOUR_MS,
  type Hour,
  type LiveView,
  MINUTE_MS,
  MINUTES,
  mergedDelays,
  type Verdicts,
} from "./live-state.ts";
import { type Ranked, Ranking } from "./ranking.ts";
import { Sketch } from "./sketch.ts";

/** What is shown of what was counted. */
const TOP_REASONS = 20;
const TOP_FIELDS = 50;

const count = z.int().min(0);
const players = count.meta({ description: "an estimate, with a standard error of 2.3 %" });
const counts = {
  accepted: count,
  duplicates: count,
  rejected: count,
  events: z.record(z.string(), count).meta({ description: "accepted events by type" }),
};
const revenue = z
  .record(z.string(), z.string())
  .meta({ description: "price × quantity of purchases by currency: exact decimals" });
const version = z.string().meta({ description: "empty where it could not be read" });

/** `GET /v1/games/:game/live`: what came in the last 60 minutes and today, by when it came. */
export const liveSchema = z.object({
  game: z.string(),
  at: z.iso.datetime(),
  minutes: z
    .array(z.object({ at: z.iso.datetime(), ...counts }))
    .meta({ description: "60 of them, the oldest first, the current one last" }),
  hours: z
    .array(z.object({ at: z.iso.datetime(), ...counts, revenue, active_players: players }))
    .meta({ description: "today's of UTC so far, the current one last" }),
  today: z.object({ ...counts, purchases: count, revenue, active_players: players }),
  active_players: z.object({ last_5_minutes: players, last_60_minutes: players, today: players }),
  rejections: z
    .array(
      z.object({
        code: z.string(),
        path: z.string(),
        app_version: version,
        count,
        example: z.string().meta({
          description: "an event so rejected, up to 1 KiB as it was sent; empty where a player was erased",
        }),
      }),
    )
    .meta({ description: "today's most frequent 20" }),
  warnings: z
    .array(z.object({ code: z.string(), path: z.string(), app_version: version, count }))
    .meta({ description: "today's most frequent 20, but for unknown fields: those are `drift`" }),
  drift: z
    .array(z.object({ field: z.string(), event_type: z.string(), app_version: version, count }))
    .meta({ description: "today's most frequent 50 fields that the collector does not know" }),
  delivery: z.object({
    latency_ms: z.object({ p50: count, p95: count, p99: count, count }).meta({
      description: "of events delivered in the last hour: from taken to taken by Firehose, to 10 %",
    }),
  }),
  shards: count,
});
export type Live = z.infer<typeof liveSchema>;

/** A game's live state from those of its queues. It is what one queue would tell that had seen everything. */
export function merge(game: string, at: number, views: readonly LiveView[]): Live {
  const hours = hoursOf(at, views);
  const sum = sumOf(hours);
  const delays = mergedDelays(views.map((view) => view.delays));
  const today = playersIn(views.flatMap((view) => view.hours.map(({ players }) => players)));
  return {
    game,
    at: isoTime(at),
    minutes: minutesOf(at, views),
    hours: hours.map(({ revenue, purchases: _, ...hour }) => ({ ...hour, revenue: written(revenue) })),
    today: {
      ...sum,
      purchases: hours.reduce((all, { purchases }) => all + purchases, 0),
      revenue: written(sumOfRevenue(hours)),
      active_players: today,
    },
    active_players: {
      last_5_minutes: playersIn(views.map(({ lastFiveMinutes }) => lastFiveMinutes)),
      last_60_minutes: playersIn(views.map(({ lastHour }) => lastHour)),
      today,
    },
    rejections: top(
      views.map(({ rejections }) => rejections),
      TOP_REASONS,
    ).map(({ fields: { version, ...fields }, count, example }) => ({
      ...fields,
      app_version: version,
      count,
      example,
    })),
    warnings: top(
      views.map(({ warnings }) => warnings),
      TOP_REASONS,
    ).map(({ fields: { version, ...fields }, count }) => ({ ...fields, app_version: version, count })),
    drift: top(
      views.map(({ drift }) => drift),
      TOP_FIELDS,
    ).map(({ fields: { field, type, version }, count }) => ({
      field,
      event_type: type,
      app_version: version,
      count,
    })),
    delivery: {
      latency_ms: {
        p50: percentile(delays, 50),
        p95: percentile(delays, 95),
        p99: percentile(delays, 99),
        count: countOf(delays),
      },
    },
    shards: views.length,
  };
}

function minutesOf(at: number, views: readonly LiveView[]): Live["minutes"] {
  const last = Math.floor(at / MINUTE_MS);
  return Array.from({ length: MINUTES }, (_, i) => {
    const minute = last - MINUTES + 1 + i;
    const seen = views.flatMap(({ minutes }) => minutes.filter((one) => one.at === minute));
    return { at: isoTime(minute * MINUTE_MS), ...sumOf(seen) };
  });
}

function hoursOf(at: number, views: readonly LiveView[]) {
  const last = Math.floor(at / HOUR_MS);
  const first = dayOf(last) * 24;
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const hour = first + i;
    const seen = views.flatMap(({ hours }) => hours.filter((one) => one.at === hour));
    return {
      at: isoTime(hour * HOUR_MS),
      ...sumOf(seen),
      purchases: seen.reduce((sum, { purchases }) => sum + purchases, 0),
      revenue: sumOfRevenue(seen),
      active_players: playersIn(seen.map(({ players }) => players)),
    };
  });
}

function sumOf(
  seen: readonly (Verdicts & { events: EventCounts })[],
): Verdicts & { events: Record<string, number> } {
  const sum = { accepted: 0, duplicates: 0, rejected: 0, events: {} };
  for (const { accepted, duplicates, rejected, events } of seen) {
    sum.accepted += accepted;
    sum.duplicates += duplicates;
    sum.rejected += rejected;
    addEvents(sum.events, events);
  }
  return sum;
}

function sumOfRevenue(seen: readonly Pick<Hour, "revenue">[]): Map<string, bigint> {
  const sum = new Map<string, bigint>();
  for (const { revenue } of seen)
    for (const [currency, amount] of revenue) sum.set(currency, (sum.get(currency) ?? 0n) + amount);
  return sum;
}

/** How many different players any of these sketches saw. */
export function playersIn(sketches: readonly string[]): number {
  return Sketch.union(sketches.map((text) => Sketch.parse(text))).estimate();
}

function top<Fields extends Record<string, string>>(
  rankings: readonly (readonly Ranked<Fields>[])[],
  count: number,
): Ranked<Fields>[] {
  const all = rankings.flat();
  return new Ranking(all.length, all).top(count);
}

/** Ten-thousandths as a decimal, with as many digits after the point as the currency has, or more where they are not zero. */
function written(revenue: ReadonlyMap<string, bigint>): Record<string, string> {
  const currencies = [...revenue].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(currencies.map(([currency, amount]) => [currency, decimal(amount, currency)]));
}

function decimal(amount: bigint, currency: string): string {
  const digits = String(amount).padStart(5, "0");
  const [whole, fraction] = [digits.slice(0, -4), digits.slice(-4).replace(/0+$/, "")];
  const shown = fraction.padEnd(CURRENCIES.get(currency) ?? 0, "0");
  return shown === "" ? whole : `${whole}.${shown}`;
}
