import { type BatchSizeCost, benchCost } from "./cost.ts";
import { NOTES, reportCost, reportCostAims, reportSharing } from "./cost-report.ts";
import type { BenchOptions } from "./index.ts";

const BATCH_SIZES = [1, 10, 50];

/** `npm run bench -- cost`: what a million events cost. */
export async function runCost({
  batchSizes = BATCH_SIZES,
  ...options
}: BenchOptions): Promise<BatchSizeCost[]> {
  const results: BatchSizeCost[] = [];
  for await (const result of benchCost({ ...options, batchSizes })) {
    console.log(`${reportSharing(result)}\n\n${reportCost(result)}\n`);
    results.push(result);
  }
  console.log(`${NOTES}\n`);
  console.log(reportCostAims(results));
  return results;
}
