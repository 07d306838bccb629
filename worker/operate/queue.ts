import { isoTime } from "../events/time.ts";
import type { AppContext } from "../http/context.ts";
import { queueNamed } from "../queue/shards.ts";
import { combine, type ShardStats } from "../queue/stats.ts";
import { askAll } from "./ask-all.ts";
import { noteChange } from "./audit.ts";

/** `GET /v1/games/:game/queue`: what waits, how delivery goes, and what became of everything so far. */
export function queueStats(c: AppContext): Promise<Response> {
  return answer(c, (queue) => queueNamed(c.env, queue).stats());
}

/** `POST /v1/games/:game/queue/flush`: delivers now, whatever backoff says, and answers with the stats after it. */
export function flushQueue(c: AppContext): Promise<Response> {
  noteChange(c, {});
  return answer(c, (queue) => queueNamed(c.env, queue).flush());
}

async function answer(c: AppContext, ask: (queue: string) => Promise<ShardStats>): Promise<Response> {
  const shards = await askAll(c, ask);
  return c.json(combine(c.req.param("game") ?? "", isoTime(Date.now()), shards));
}
