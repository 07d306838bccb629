import type { AppContext } from "../http/context.ts";
import { merge } from "../live/merge.ts";
import { queueNamed } from "../queue/shards.ts";
import { askAll } from "./ask-all.ts";

/** `GET /v1/games/:game/live`: what came in the last hour and today. */
export async function liveState(c: AppContext): Promise<Response> {
  // Every queue is asked for the same minutes, whatever its own clock says.
  const at = Date.now();
  const views = await askAll(c, (queue) => queueNamed(c.env, queue).live(at));
  return c.json(merge(c.req.param("game") ?? "", at, views), 200, { "Cache-Control": "no-store" });
}
