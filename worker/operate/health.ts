import * as z from "zod";
import { version } from "../../package.json";
import { type Config, readConfig } from "../config.ts";
import type { AppContext } from "../http/context.ts";
import { log } from "../log.ts";
import { type RegisteredQueue, registryOf } from "../queue/registry.ts";
import { destinationOf } from "../schedule/webhook/destination.ts";

export const healthSchema = z.object({ status: z.literal("ok"), version: z.string() });

export const readySchema = z.object({
  status: z.enum(["ready", "not_ready"]),
  settings: z.object({
    problems: z.array(z.string()).meta({ description: "each names a setting, and what it must be" }),
  }),
  queues: z.union([
    z.object({
      total: z.int().min(0),
      stuck: z
        .array(
          z.object({
            since: z.iso.datetime(),
            reason: z.string().meta({ description: "the code of Firehose's error" }),
            advice: z
              .string()
              .nullable()
              .meta({ description: "what an operator must do; null: it mends itself" }),
          }),
        )
        .meta({ description: "queues whose breaker is not closed" }),
    }),
    z.object({ problem: z.string() }),
  ]),
});

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
  const problems = settings.kind === "wrong" ? settings.problems : alertProblems(settings.config);
  const queues = await registeredQueues(c.env);
  const stuck = queues?.flatMap(({ trouble }) => (trouble === null ? [] : [trouble])) ?? [];
  const isReady = problems.length === 0 && queues !== undefined && stuck.length === 0;
  const body = {
    status: isReady ? "ready" : "not_ready",
    settings: { problems },
    queues:
      queues === undefined
        ? { problem: "the registry of queues cannot be reached" }
        : { total: queues.length, stuck },
  };
  return c.json(body, isReady ? 200 : 503);
}

/** A wrong one costs no events, and nobody would hear that alerts are not sent. */
function alertProblems(config: Config): string[] {
  const destination = destinationOf(config);
  return destination.kind === "wrong" ? [destination.problem] : [];
}

async function registeredQueues(env: Env): Promise<RegisteredQueue[] | undefined> {
  try {
    return await registryOf(env).list();
  } catch (error) {
    log("error", "registry_unreachable", { error: String(error) });
    return undefined;
  }
}
