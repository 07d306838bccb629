import { version } from "../../package.json";
import { readConfig } from "../config.ts";
import type { AppContext } from "../http/context.ts";
import { registryOf } from "../queue/registry.ts";

/** `GET /health`: the Worker answers. */
export function health(c: AppContext): Response {
  return c.json({ status: "ok", version });
}

/**
 * `GET /ready`: the settings are right and every queue delivers; else 503, saying what is wrong. Anyone may ask, so it names
 * settings and error codes, but no game and no value.
 */
export async function ready(c: AppContext): Promise<Response> {
  const settings = readConfig(c.env);
  const problems = settings.kind === "wrong" ? settings.problems : [];
  const queues = await registryOf(c.env).list();
  const stuck = queues.flatMap(({ trouble }) => (trouble === null ? [] : [trouble]));
  const isReady = problems.length === 0 && stuck.length === 0;
  const body = {
    status: isReady ? "ready" : "not_ready",
    settings: { problems },
    queues: { total: queues.length, stuck },
  };
  return c.json(body, isReady ? 200 : 503);
}
