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

/** Asks all queues of the game at once. Numbers that leave one out would look like a loss, so it is named instead. */
async function answer(c: AppContext, ask: (queue: string) => Promise<ShardStats>): Promise<Response> {
  const game = c.req.param("game") ?? "";
  const queues = await queuesOf(c.env, game).catch((error) => {
    log("error", "registry_unreachable", { game, error: String(error) });
    throw unreachable("the registry of queues");
  });
  const silent: string[] = [];
  const shards = await Promise.all(
    queues.map((queue) =>
      ask(queue).catch((error) => {
        log("error", "queue_unreachable", { queue, error: String(error) });
        silent.push(queue);
      }),
    ),
  );
  if (silent.length > 0) throw unreachable(silent.join(", "));
  return c.json(
    combine(
      game,
      new Date().toISOString(),
      shards.filter((stats) => stats !== undefined),
    ),
  );
}

function unreachable(what: string): Problem {
  return new Problem(503, "queue_unreachable", `${what} could not be reached: ask again`, {
    "Retry-After": "5",
  });
}
