import { isoTime } from "../../events/time.ts";
import { sideBySide } from "../../http/side-by-side.ts";
import type { LiveView } from "../../live/live-state.ts";
import { type Live, merge } from "../../live/merge.ts";
import { log } from "../../log.ts";
import { COLLECTOR, queueNamed } from "../../queue/shards.ts";
import { combine, type ShardStats } from "../../queue/stats.ts";
import { within } from "../../queue/within.ts";
import type { Today } from "../history/day.ts";
import type { Observation } from "./observation.ts";

/** A queue answers in milliseconds, one that is being moved in seconds. */
const QUEUE_TIMEOUT_MS = 5_000;

/** What one queue says; null where it did not answer, though asked twice: an object that is moved throws once, and is there again. */
type Answer = { stats: ShardStats; live: LiveView } | null;

/** Asks all queues of a game: it has one at least, but the collector has none before its first exchange rates. Never rejects. */
export async function observe(
  env: Env,
  game: string,
  queues: readonly string[],
  now: number,
): Promise<Observation> {
  const answers = await sideBySide(queues, (queue) =>
    ask(env, queue, now).catch(() => askAgain(env, queue, now)),
  );
  const heard = answers.filter((answer) => answer !== null);
  const asked = queues.length;
  const silent = asked - heard.length;
  const isForgotten = asked === 0 && game !== COLLECTOR;
  if (silent > 0 || isForgotten) return { game, asked, silent, stats: null, today: null };
  const stats = combine(
    game,
    isoTime(now),
    heard.map(({ stats }) => stats),
  );
  const live = merge(
    game,
    now,
    heard.map(({ live }) => live),
  );
  return { game, asked, silent, stats, today: todayOf(live) };
}

async function ask(env: Env, queue: string, now: number): Promise<Answer> {
  const object = queueNamed(env, queue);
  const [stats, live] = await within(QUEUE_TIMEOUT_MS, Promise.all([object.stats(), object.live(now)]));
  return { stats, live };
}

async function askAgain(env: Env, queue: string, now: number): Promise<Answer> {
  try {
    return await ask(env, queue, now);
  } catch (error) {
    log("error", "queue_unreachable", { queue, error: String(error) });
    return null;
  }
}

/** What is kept of the live state. */
function todayOf({ today, hours, rejections, delivery }: Live): Today {
  const { active_players, purchases, revenue } = today;
  const { p95, count } = delivery.latency_ms;
  return {
    active_players,
    purchases,
    revenue,
    reasons: reasonsOf(rejections),
    latency_p95_ms: count === 0 ? null : p95,
    hours: hours.map(({ at, revenue }) => ({ at, revenue })),
  };
}

/** Reasons over all versions. Of a path only the field is kept: what comes behind it a client has named. */
export function reasonsOf(
  rejections: readonly Pick<Live["rejections"][number], "code" | "path" | "count">[],
) {
  const fieldOf = (path: string) => path.split(".")[0] ?? "";
  const byReason = Map.groupBy(rejections, ({ code, path }) => `${code} ${fieldOf(path)}`);
  return [...byReason.values()]
    .map((same) => ({
      code: same[0]?.code ?? "",
      field: fieldOf(same[0]?.path ?? ""),
      count: same.reduce((sum, { count }) => sum + count, 0),
    }))
    .toSorted((a, b) => b.count - a.count);
}
