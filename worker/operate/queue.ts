import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { log } from "../log.ts";
import { queueNamed, queuesOf } from "../queue/shards.ts";
import { combine, type ShardStats } from "../queue/stats.ts";

/** `GET /v1/games/:game/queue`: what waits, how delivery goes, and what became of everything so far. */
export function queueStats(c: AppContext): Promise<Response> {
  return answer(c, (queue) => queueNamed(c.env, queue).stats());
}

/** `POST /v1/games/:game/queue/flush`: delivers now, whatever backoff says, and answers with the stats after it. */
export function flushQueue(c: AppContext): Promise<Response> {
  return answer(c, (queue) => queueNamed(c.env, queue).flush());
}

async function answer(c: AppContext, ask: (queue: string) => Promise<ShardStats>): Promise<Response> {
  const game = c.req.param("game") ?? "";
  const shards = await Promise.all(queuesOf(game).map(ask)).catch((error) => {
    log("error", "queue_unreachable", { game, error: String(error) });
    throw new Problem(503, "queue_unreachable", "the queue could not be reached: ask again", {
      "Retry-After": "5",
    });
  });
  return c.json(combine(game, new Date().toISOString(), shards));
}
