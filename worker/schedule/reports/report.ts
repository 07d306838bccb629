import * as z from "zod";
import { costPerMillion, costSchema } from "../../operate/cost.ts";
import { NO_TOTALS, type Totals } from "../../queue/stats.ts";
import type { Day } from "../history/day.ts";

const TOP_REASONS = 3;

const count = z.int().min(0);

/** A game's day, as `GET /v1/games/:game/reports` shows it. */
export const reportSchema = z.object({
  day: z.iso.date().meta({ description: "of UTC" }),
  events: z.object({ received: count, accepted: count, duplicates: count, rejected: count }),
  rejected_share: z.number().min(0).max(1),
  top_reasons: z
    .array(z.object({ code: z.string(), field: z.string(), count }))
    .max(TOP_REASONS)
    .meta({ description: "why events were rejected, the most frequent first" }),
  active_players: count.nullable().meta({ description: "an estimate; null: not known" }),
  purchases: count.nullable(),
  revenue: z
    .record(z.string(), z.string())
    .nullable()
    .meta({ description: "by currency, exact decimals: price times quantity of purchases" }),
  dead_letters: count.meta({ description: "events that became dead letters" }),
  latency_p95_ms: count
    .nullable()
    .meta({ description: "of the worst hour: what 95 % of events took from taken to taken by Firehose" }),
  cost_per_million_usd: costSchema.shape.usd.meta({
    description: "dollars for a million accepted events at list prices: Firehose and rows",
  }),
});
export type Report = z.infer<typeof reportSchema>;

/** What is told of a day; null where nothing came. */
export function reportOf(day: string, { atStart, totals, today, worstLatencyMs }: Day): Report | null {
  const of = growth(atStart, totals);
  if (of.received === 0) return null;
  const { received, accepted, duplicates, rejected } = of;
  return {
    day,
    events: { received, accepted, duplicates, rejected },
    rejected_share: rejected / received,
    top_reasons: today?.reasons.slice(0, TOP_REASONS) ?? [],
    active_players: today?.active_players ?? null,
    purchases: today?.purchases ?? null,
    revenue: today?.revenue ?? null,
    dead_letters: of.dead_lettered,
    latency_p95_ms: worstLatencyMs,
    cost_per_million_usd: costPerMillion(of).usd,
  };
}

function growth(before: Totals, after: Totals): Totals {
  const sum = { ...NO_TOTALS };
  for (const name of Object.keys(sum) as (keyof Totals)[])
    sum[name] = Math.max(0, after[name] - before[name]);
  return sum;
}
