import { createTestHarness } from "wrangler";
import { fromRepository, playtrail } from "../playtrail.ts";
import { type Collector, operate, SECRETS, type Settings } from "./collector.ts";

/** A collector whose objects can be evicted, as the platform does with those that are idle: memory goes, storage stays. */
export interface EvictableCollector extends Collector {
  /** Evicts all that run; resolves to how many that were. */
  evict(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the production bundle in wrangler's test harness, which alone lets an object be evicted on demand. */
export async function startEvictable(settings: Settings): Promise<EvictableCollector> {
  // request.cf has a placeholder then; else the harness asks a server of Cloudflare's.
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
  process.env.WRANGLER_LOG = "error";
  const configPath = fromRepository("wrangler.toml");
  const harness = createTestHarness({ workers: [{ configPath, vars: settings, secrets: SECRETS }] });
  const { url } = await harness.listen();
  const worker = harness.getWorker();
  const bindings = Object.keys(playtrail(settings).objects);
  return {
    ...(await operate(url.origin)),
    async evict() {
      let evicted = 0;
      for (const binding of bindings) {
        for (const id of await worker.listDurableObjectIds(binding)) {
          await worker.evictDurableObject(binding, { id }).then(() => evicted++, passOverIdle);
        }
      }
      return evicted;
    },
    stop: () => harness.close(),
  };
}

function passOverIdle(error: Error): void {
  if (!error.message.includes("not currently running")) throw error;
}
