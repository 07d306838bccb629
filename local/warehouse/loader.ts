import { setTimeout as sleep } from "node:timers/promises";
import { loadWarehouse } from "./warehouse.ts";

/** In Snowflake a task wakes at most every ten minutes; on a laptop one wants to see events soon. */
const LOAD_EVERY_MS = 5_000;

/**
 * Loads what is delivered into the warehouse, every few seconds in which there is something new: `objects` says how many objects
 * there have been. A load that fails is told once, and tried again. Resolves once the load under way is done.
 */
export function startLoader(data: string, objects: () => number): () => Promise<void> {
  const stopping = new AbortController();
  const ended = run();
  return async () => {
    stopping.abort();
    await ended;
  };

  async function run(): Promise<void> {
    let loaded = -1; // at first whatever an earlier run left
    let lastProblem = "";
    while (!stopping.signal.aborted) {
      const found = objects();
      if (found !== loaded) {
        const problem = await problemOf(loadWarehouse(data, stopping.signal));
        if (problem === undefined) loaded = found;
        else if (problem !== lastProblem) console.error(`The warehouse could not be loaded: ${problem}`);
        lastProblem = problem ?? "";
      }
      await sleep(LOAD_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
}

async function problemOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") return undefined; // stopped while it waited
    return error instanceof Error ? error.message : String(error);
  }
}
