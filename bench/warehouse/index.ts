import { join } from "node:path";
import { formatCount, formatTable } from "../../local/table.ts";
import type { BenchOptions } from "../index.ts";
import { makeDirectory, nextMessage, removeDirectory, startScript } from "../scratch.ts";
import { writeDays } from "./days.ts";
import type { Measured, Step } from "./step.ts";

const SIZES = [10_000, 100_000, 1_000_000];
const QUICK_SIZES = [10_000, 50_000];

interface Result {
  events: number;
  playtrail: Measured;
  bare: Measured;
}

/**
 * `npm run bench -- warehouse`: how long the laptop's warehouse takes to copy, dedup and make facts of so many events, and how much
 * memory, beside DuckDB that only reads the same files and drops duplicates.
 */
export async function runWarehouse({ batchSizes, quick }: BenchOptions): Promise<Result[]> {
  const results: Result[] = [];
  for (const events of batchSizes ?? (quick ? QUICK_SIZES : SIZES)) results.push(await measure(events));
  console.log(report(results));
  return results;
}

async function measure(events: number): Promise<Result> {
  const scratch = makeDirectory();
  const stage = join(scratch, "s3");
  await writeDays(stage, events, seeded(7));
  const playtrail = await run({ contender: "playtrail", stage, scratch });
  const bare = await run({ contender: "bare", stage, scratch });
  removeDirectory(scratch);
  if (playtrail.events !== events || bare.events !== events)
    throw new Error(`${events} events went in, ${playtrail.events} and ${bare.events} came out`);
  return { events, playtrail, bare };
}

async function run(step: Step): Promise<Measured> {
  const child = startScript("warehouse/step.ts");
  child.send(step);
  return nextMessage<Measured>(child);
}

function report(results: readonly Result[]): string {
  return formatTable(
    [
      "events",
      "copy s",
      "load s",
      "µs/event",
      "CPU µs/event",
      "read 3 marts s",
      "peak MB",
      "bare s",
      "× bare",
      "bare peak MB",
    ],
    results.map(({ events, playtrail, bare }) => {
      const seconds = playtrail.copyS + playtrail.loadS;
      const bareSeconds = bare.copyS + bare.loadS;
      return [
        formatCount(events),
        playtrail.copyS.toFixed(2),
        playtrail.loadS.toFixed(2),
        ((seconds / events) * 1e6).toFixed(1),
        ((playtrail.cpuS / events) * 1e6).toFixed(1),
        playtrail.readS.toFixed(2),
        formatCount(playtrail.peakBytes / 1e6),
        bareSeconds.toFixed(2),
        (seconds / bareSeconds).toFixed(1),
        formatCount(bare.peakBytes / 1e6),
      ];
    }),
  );
}

/** The same players in each run: mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
