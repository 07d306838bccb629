import { formatCount, formatTable } from "../local/table.ts";
import type { BenchOptions } from "./index.ts";
import { AUDIENCES, type Audience, benchTail, TAILS, type TailResult } from "./tail.ts";

const BATCH_SIZES = [1, 10, 50];

const TITLES: Record<Audience, string> = {
  none: "nobody watches",
  acking: `${TAILS} tails, all acknowledging`,
  never_reading: `${TAILS} tails that read nothing`,
};

/** `npm run bench -- tail`: what ingest loses by being watched. */
export async function runTail({ batchSizes = BATCH_SIZES, ...options }: BenchOptions): Promise<TailResult[]> {
  const results: TailResult[] = [];
  for await (const result of benchTail({ ...options, batchSizes })) {
    console.log(`${report(result)}\n`);
    results.push(result);
  }
  return results;
}

function report({
  eventsPerRequest,
  measured,
  ratios,
  noise,
  tailsMsPerSecond,
  problems,
  ...seen
}: TailResult): string {
  const rows = AUDIENCES.map((audience) => {
    const { requestsPerSecond, p50Ms, p99Ms, processorMsPerRequest } = measured[audience];
    const ratio = audience === "none" ? noise : ratios[audience];
    return [
      TITLES[audience],
      formatCount(requestsPerSecond),
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
      `${audience === "none" ? "again: " : ""}${ratio.toFixed(2)}`,
      processorMsPerRequest.toFixed(3),
      audience === "none" ? "" : tailsMsPerSecond[audience].toFixed(0),
    ];
  });
  const title = `${eventsPerRequest} a request`;
  const frames = `${formatCount(seen.framesPerSecond)} frames/s and ${seen.mibPerSecond.toFixed(1)} MiB/s went to those who acknowledge`;
  return [
    formatTable(
      [title, "requests/s", "p50 ms", "p99 ms", "to nobody", "CPU ms/request", "tails' CPU ms/s"],
      rows,
    ),
    frames,
    ...problems.map((problem) => `! ${problem}`),
  ].join("\n");
}
