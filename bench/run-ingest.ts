import type { BenchOptions } from "./index.ts";
import { type BatchSizeResult, benchIngest } from "./ingest.ts";
import { reportAims, reportCost, reportSpeed } from "./ingest-report.ts";

const BATCH_SIZES = [1, 10, 50, 500];

/** `npm run bench -- ingest`: throughput and latency of ingest, side by side. */
export async function runIngest({
  batchSizes = BATCH_SIZES,
  ...options
}: BenchOptions): Promise<BatchSizeResult[]> {
  const results: BatchSizeResult[] = [];
  for await (const result of benchIngest({ ...options, batchSizes })) {
    console.log(`${reportSpeed(result)}\n`);
    results.push(result);
  }
  console.log(`${reportCost(results)}\n`);
  console.log(reportAims(results));
  return results;
}
