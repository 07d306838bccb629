import { log } from "../log.ts";
import { Problem } from "./problem.ts";

/** How soon a caller may ask again. An object that cannot be reached is most often being moved, which takes a few seconds. */
const RETRY_S = 5;

/**
 * Asks an object of the collector's own. Where it does not answer, the log says why, and of which queue where it is one of several;
 * the caller is told what `detail` says.
 */
export async function reach<Answer>(
  what: "queue" | "registry" | "tail" | "operations" | "leaderboards",
  detail: string,
  asking: Promise<Answer>,
  queue?: string,
): Promise<Answer> {
  try {
    return await asking;
  } catch (error) {
    log("error", `${what}_unreachable`, { queue, error: String(error) });
    throw new Problem(503, `${what}_unreachable`, detail, { "Retry-After": String(RETRY_S) });
  }
}
