import * as z from "zod";
import { isoTime } from "../events/time.ts";
import type { AppContext } from "../http/context.ts";
import { reach } from "../http/reach.ts";
import { sideBySide } from "../http/side-by-side.ts";
import type { Rate } from "../live/live-state.ts";
import { log } from "../log.ts";
import { gameOf } from "../queue/game-of.ts";
import { type RegisteredQueue, registryOf } from "../queue/registry.ts";
import { COLLECTOR, queueNamed } from "../queue/shards.ts";
import { combine, queueStatsSchema, type ShardStats } from "../queue/stats.ts";
import { within } from "../queue/within.ts";
import { costPerMillion, costSchema } from "./cost.ts";

/** A queue answers in milliseconds, one that is being moved in seconds: the others are not held up for longer. */
const QUEUE_TIMEOUT_MS = 3_000;

const { depth, delivery, dead_letters, totals } = queueStatsSchema.shape;
const perMinute = z.int().min(0);

/** A game in short. */
export const gameSchema = z.object({
  game: z.string(),
  depth,
  delivery: delivery.pick({ state: true }),
  dead_letters,
  totals,
  rate: z
    .object({ in_per_min: perMinute, out_per_min: perMinute })
    .meta({ description: "events accepted, and delivered, in the last 60 s" }),
  cost_per_million: costSchema,
  shards: z.int().min(0),
  silent: z
    .array(z.string())
    .meta({ description: "queues that did not answer, and are in none of the numbers: ask again" }),
});
export const gamesSchema = z.object({ games: z.array(gameSchema) });
type Game = z.infer<typeof gameSchema>;

/** What one queue says of itself; `pulse` is absent where it did not answer. */
interface Asked {
  queue: string;
  pulse?: { stats: ShardStats; rate: Rate };
}

/** `GET /v1/games`: every game that ever sent an event, in short; with a key of one game, that one. */
export async function listGames(c: AppContext): Promise<Response> {
  const at = Date.now();
  const { game } = c.get("claims");
  const asking = registryOf(c.env).list(game === "*" ? undefined : game);
  const detail = "the registry of queues could not be reached: ask again";
  const registered = await reach<RegisteredQueue[]>("registry", detail, asking);
  const played = registered.map(({ name }) => name).filter((name) => gameOf(name) !== COLLECTOR);
  const asked = await sideBySide(played, (queue) => ask(c.env, queue, at));
  const byGame = Map.groupBy(asked, ({ queue }) => gameOf(queue));
  const games = [...byGame].map(([name, queues]) => inShort(name, at, queues));
  return c.json({ games }, 200, { "Cache-Control": "no-store" });
}

async function ask(env: Env, queue: string, at: number): Promise<Asked> {
  try {
    return { queue, pulse: await within(QUEUE_TIMEOUT_MS, queueNamed(env, queue).pulse(at)) };
  } catch (error) {
    log("error", "queue_unreachable", { queue, error: String(error) });
    return { queue };
  }
}

function inShort(game: string, at: number, asked: readonly Asked[]): Game {
  const pulses = asked.flatMap(({ pulse }) => pulse ?? []);
  const stats = combine(
    game,
    isoTime(at),
    pulses.map(({ stats }) => stats),
  );
  const sum = (of: (rate: Rate) => number) => Math.round(pulses.reduce((all, { rate }) => all + of(rate), 0));
  return {
    game,
    depth: stats.depth,
    delivery: { state: stats.delivery.state },
    dead_letters: stats.dead_letters,
    totals: stats.totals,
    rate: { in_per_min: sum((rate) => rate.taken), out_per_min: sum((rate) => rate.delivered) },
    cost_per_million: costPerMillion(stats.totals),
    shards: asked.length,
    silent: asked.flatMap(({ queue, pulse }) => (pulse === undefined ? [queue] : [])),
  };
}
