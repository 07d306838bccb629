import { combine, NO_DELIVERY, NO_TOTALS, type QueueStats, type ShardStats } from "../queue/stats.ts";

/** The stats of a queue to which nothing ever happened; `fields` override. */
export function shardStats({
  totals,
  ...fields
}: Partial<Omit<ShardStats, "totals">> & { totals?: Partial<ShardStats["totals"]> } = {}): ShardStats {
  return {
    shard: "awesome_game/enam/0",
    depth: { events: 0, bytes: 0, oldest_age_ms: 0 },
    delivery: NO_DELIVERY,
    dead_letters: { events: 0, bytes: 0 },
    totals: { ...NO_TOTALS, ...totals },
    ...fields,
  };
}

/** A queue whose breaker is open. */
export function brokenShard(code = "AccessDeniedException", oldestAgeMs = 60_000): ShardStats {
  const { delivery } = shardStats();
  const error = {
    at: "2026-11-21T12:00:00.000Z",
    kind: "permanent" as const,
    code,
    message: "arn:aws:iam::1:user/x",
    advice: null,
  };
  return shardStats({
    depth: { events: 3, bytes: 900, oldest_age_ms: oldestAgeMs },
    delivery: { ...delivery, state: "open", consecutive_failures: 5, last_error: error },
  });
}

/** A game's stats from those of its queues. */
export function statsOf(game: string, ...shards: ShardStats[]): QueueStats {
  return combine(game, "2026-11-21T12:00:00.000Z", shards);
}
