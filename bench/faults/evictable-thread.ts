/** The thread behind `evictable.ts`: it is given the settings, tells the URL, and then does what it is asked, one thing after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { createTestHarness } from "wrangler";
import { fromRepository, playtrail } from "../playtrail.ts";
import type { Settings } from "./collector.ts";

const { vars, secrets } = workerData as Record<"vars" | "secrets", Settings>;

// request.cf has a placeholder then; else the harness asks a server of Cloudflare's.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
process.env.WRANGLER_LOG = "error";
const harness = createTestHarness({
  workers: [{ configPath: fromRepository("wrangler.toml"), vars, secrets }],
});
const { url } = await harness.listen();
const worker = harness.getWorker();
const bindings = Object.keys(playtrail(vars).objects);

/** Evicts all objects that run; resolves to how many that were. */
async function evict(): Promise<number> {
  let evicted = 0;
  for (const binding of bindings) {
    for (const id of await worker.listDurableObjectIds(binding)) {
      await worker.evictDurableObject(binding, { id }).then(() => evicted++, passOverIdle);
    }
  }
  return evicted;
}

function passOverIdle(error: Error): void {
  if (!error.message.includes("not currently running")) throw error;
}

parentPort?.on("message", async (order: "evict" | "stop") => {
  parentPort?.postMessage(order === "evict" ? await evict() : await harness.close());
});
parentPort?.postMessage(url.origin);
