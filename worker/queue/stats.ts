import * as z from "zod";

/** Where delivery stands: `open` after five failures in a row, `half_open` while one small call tries whether it works again. */
export const deliveryStateSchema = z.enum(["closed", "open", "half_open"]);
export type DeliveryState = z.infer<typeof deliveryStateSchema>;

const count = z.int().min(0);
const time = z.iso.datetime().nullable();

/** Why delivery last failed, and what an operator can do. */
const lastErrorSchema = z.object({
  at: z.iso.datetime(),
  kind: z.enum(["throttled", "transient", "refused", "permanent", "partial"]),
  code: z.string(),
  message: z.string(),
  advice: z.string().nullable().meta({ description: "what an operator must do; null: it mends itself" }),
});
export type LastError = z.infer<typeof lastErrorSchema>;

/** Counts since the queue was born. `accepted = delivered + depth.events + dead_letters.events + purged + erased`, always. */
export const totalsSchema = z.object({
  received: count.meta({ description: "events judged: accepted + duplicates + rejected" }),
  accepted: count,
  duplicates: count,
  rejected: count,
  rejected_unrecorded: count.meta({
    description: "rejected events without a `rejected` line: more than the bound for a key and minute",
  }),
  delivered: count.meta({ description: "events that Firehose took" }),
  dead_lettered: count.meta({
    description: "events that became dead letters; one that is replayed may again",
  }),
  purged: count.meta({ description: "events in dead letters that an operator purged" }),
  erased: count.meta({ description: "events of erased players: taken out of the queue, or never kept" }),
  client_dropped: count.meta({ description: "events that SDKs report to have let go" }),
  firehose_calls: count,
  firehose_records: count.meta({ description: "records that Firehose took" }),
  firehose_bytes: count.meta({ description: "their bytes" }),
  firehose_billed_bytes: count.meta({ description: "their bytes, each record rounded up to 5 KB" }),
  rows_written: count.meta({
    description: "SQLite rows written, deletes and alarms included, as Cloudflare bills them",
  }),
});
export type Totals = z.infer<typeof totalsSchema>;

const measures = {
  depth: z.object({ events: count, bytes: count, oldest_age_ms: count }),
  delivery: z.object({
    state: deliveryStateSchema,
    consecutive_failures: count,
    next_attempt_at: time,
    last_success_at: time,
    last_error: lastErrorSchema.nullable(),
    bytes_per_s: count.meta({ description: "what the queue allows itself of the stream's quota" }),
  }),
  dead_letters: z.object({ events: count, bytes: count }),
  totals: totalsSchema,
};

/** One queue's numbers. */
export const shardStatsSchema = z.object({ shard: z.string(), ...measures });
export type ShardStats = z.infer<typeof shardStatsSchema>;

/** A game's numbers: the sum of its queues, and each of them. */
export const queueStatsSchema = z.object({
  game: z.string(),
  at: z.iso.datetime(),
  ...measures,
  shards: z.array(shardStatsSchema),
});
export type QueueStats = z.infer<typeof queueStatsSchema>;

export const NO_TOTALS: Totals = {
  received: 0,
  accepted: 0,
  duplicates: 0,
  rejected: 0,
  rejected_unrecorded: 0,
  delivered: 0,
  dead_lettered: 0,
  purged: 0,
  erased: 0,
  client_dropped: 0,
  firehose_calls: 0,
  firehose_records: 0,
  firehose_bytes: 0,
  firehose_billed_bytes: 0,
  rows_written: 0,
};

/** Adds counts to totals. */
export function plus(totals: Totals, counts: Partial<Totals>): Totals {
  const sum = { ...totals };
  for (const name of Object.keys(counts) as (keyof Totals)[]) sum[name] += counts[name] ?? 0;
  return sum;
}

/** What a game shows that has no queue yet: nothing ever failed. */
export const NO_DELIVERY: ShardStats["delivery"] = {
  state: "closed",
  consecutive_failures: 0,
  next_attempt_at: null,
  last_success_at: null,
  last_error: null,
  bytes_per_s: 0,
};

/** How much an operator must look at a queue: one whose breaker is not closed, however seldom it failed, before all others. */
function badness({ state, consecutive_failures }: ShardStats["delivery"]): number {
  return state === "closed" ? consecutive_failures : Number.MAX_SAFE_INTEGER / 2 + consecutive_failures;
}

/** A game's stats from those of its queues; the delivery shown is that of the queue that is worst off. */
export function combine(game: string, at: string, shards: ShardStats[]): QueueStats {
  const sum = (measure: (shard: ShardStats) => number) =>
    shards.reduce((all, shard) => all + measure(shard), 0);
  const [worst] = shards.toSorted((a, b) => badness(b.delivery) - badness(a.delivery));
  return {
    game,
    at,
    depth: {
      events: sum(({ depth }) => depth.events),
      bytes: sum(({ depth }) => depth.bytes),
      oldest_age_ms: Math.max(0, ...shards.map(({ depth }) => depth.oldest_age_ms)),
    },
    delivery: {
      ...(worst?.delivery ?? NO_DELIVERY),
      bytes_per_s: sum(({ delivery }) => delivery.bytes_per_s),
    },
    dead_letters: {
      events: sum(({ dead_letters }) => dead_letters.events),
      bytes: sum(({ dead_letters }) => dead_letters.bytes),
    },
    totals: shards.map(({ totals }) => totals).reduce(plus, NO_TOTALS),
    shards,
  };
}
