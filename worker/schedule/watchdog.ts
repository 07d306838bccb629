import { log } from "../log.ts";
import { registryOf } from "../queue/registry.ts";
import { queueNamed } from "../queue/shards.ts";

/** Queues looked at side by side. */
const AT_ONCE = 50;

/**
 * Looks after every queue there ever was, whatever the number of shards is today: one whose alarm the platform has lost would
 * keep its events until the next one comes (https://github.com/cloudflare/cloudflare-docs/issues/18324).
 */
export async function watch(env: Env): Promise<void> {
  const names = (await registryOf(env).list()).map(({ name }) => name);
  for (let start = 0; start < names.length; start += AT_ONCE) {
    await Promise.all(names.slice(start, start + AT_ONCE).map((name) => wake(env, name)));
  }
}

async function wake(env: Env, queue: string): Promise<void> {
  try {
    if (await queueNamed(env, queue).wake()) log("warn", "alarm_was_lost", { queue });
  } catch (error) {
    log("error", "queue_unreachable", { queue, error: String(error) });
  }
}
