import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { sideBySide } from "../http/side-by-side.ts";
import { log } from "../log.ts";
import { queuesOf } from "../queue/shards.ts";

/** Asks all queues of the path's game. Numbers that leave one out would look like a loss, so it is named instead: 503. */
export async function askAll<Answer extends object>(
  c: AppContext,
  ask: (queue: string) => Promise<Answer>,
): Promise<Answer[]> {
  const game = c.req.param("game") ?? "";
  const queues = await queuesOf(c.env, game).catch((error) => {
    log("error", "registry_unreachable", { game, error: String(error) });
    throw unreachable("the registry of queues");
  });
  const silent: string[] = [];
  const answers = await sideBySide(queues, (queue) =>
    ask(queue).catch((error) => {
      log("error", "queue_unreachable", { queue, error: String(error) });
      silent.push(queue);
    }),
  );
  if (silent.length > 0) throw unreachable(silent.join(", "));
  return answers.filter((answer) => answer !== undefined);
}

function unreachable(what: string): Problem {
  return new Problem(503, "queue_unreachable", `${what} could not be reached: ask again`, {
    "Retry-After": "5",
  });
}
