import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type Collector, operate, SECRETS, type Settings } from "./collector.ts";

/** A collector whose objects can be evicted, as the platform does with those that are idle: memory goes, storage stays. */
export interface EvictableCollector extends Collector {
  /** Evicts all that run; resolves to how many that were. */
  evict(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts the production bundle in wrangler's test harness, which alone lets an object be evicted on demand. In a thread of its own: the
 * harness blocks its thread until the object has ended what it is about.
 */
export async function startEvictable(settings: Settings): Promise<EvictableCollector> {
  const thread = new Worker(new URL("./evictable-thread.ts", import.meta.url), {
    workerData: { vars: settings, secrets: SECRETS },
  });
  const answer = async () => (await once(thread, "message"))[0];

  function ask(order: "evict" | "stop") {
    const answered = answer();
    thread.postMessage(order);
    return answered;
  }

  return {
    ...(await operate(await answer())),
    evict: () => ask("evict"),
    async stop() {
      await ask("stop");
      await thread.terminate();
    },
  };
}
