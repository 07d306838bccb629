import type { BrowserContender } from "./browser/contenders.ts";
import type { ContenderName } from "./contenders.ts";

/** What one run of the bench measures. */
export interface Plan {
  contenders: readonly ContenderName[];
  /** Who is measured in pages. */
  browserContenders: readonly BrowserContender[];
  /** How often a speed is measured. */
  rounds: number;
  /** Fewer outages and shorter limits. */
  quick: boolean;
}

/** Does all tasks, `lanes` at a time, and gives their results in the tasks' order. */
export async function inLanes<Result>(lanes: number, tasks: (() => Promise<Result>)[]): Promise<Result[]> {
  const results: Result[] = [];
  const queue = tasks.entries();
  const lane = async () => {
    for (const [index, task] of queue) results[index] = await task();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
