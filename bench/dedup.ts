import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { unstable_readConfig as readConfig } from "wrangler";
import { formatCount, formatTable } from "../local/table.ts";
import type { DedupAnswer, DedupStep } from "./dedup-step.ts";
import { type RunningWorker, startWorker } from "./workerd.ts";

/** What was measured at so many ids a day, in a window of a day that has been full for a while. */
export interface DedupResult {
  idsPerDay: number;
  filterBytes: number;
  /** Resident memory of workerd beyond that of one that remembers nothing: after the load, and when it has woken again. */
  residentBytes: number;
  wokenBytes: number;
  nsPerNew: number;
  nsPerRecent: number;
  nsPerSealed: number;
  bucketsPer1000New: number;
  rowsWrittenPerMillion: number;
  storedBytes: number;
  wakeMs: number;
}

/** The same for ids that are only kept in memory. */
export interface SetResult {
  contender: "flat" | "strings";
  ids: number;
  residentBytes: number;
  nsPerNew: number;
  nsPerRecent: number;
}

const SIZES = [1_000_000, 5_000_000, 14_000_000];
const DAY_MS = 86_400_000;
const STEP_IDS = 50_000;
/** Enough for several runs to be sealed, and as many to be forgotten. */
const NEW_IDS = 1_050_000;
const DUPLICATES = 20_000;
/** The newest run and what is open are left out where sealed ids are looked up. */
const UNSEALED_IDS = 300_000;
/** Full: the open set's slots for 262,144 ids. */
const OPEN_SET_BYTES = 2 ** 19 * 16;

/** https://developers.cloudflare.com/durable-objects/platform/pricing/ */
const DOLLARS_PER_ROW_WRITTEN = 1e-6;
const DOLLARS_PER_ROW_READ = 1e-9;
const DOLLARS_PER_GB_MONTH = 0.2;

/** How much memory an isolate has: what does not fit is not measured. */
const SET_IDS = 1_000_000;

/** Prints what it costs to remember a day's ids, as it is measured; returns it. */
export async function runDedup(): Promise<{ windows: DedupResult[]; sets: SetResult[] }> {
  const windows: DedupResult[] = [];
  for (const idsPerDay of SIZES) windows.push(await measureWindow(idsPerDay));
  console.log(`${reportWindows(windows)}\n`);
  const sets = [await measureSet("flat"), await measureSet("strings")];
  console.log(reportSets(sets));
  return { windows, sets };
}

async function measureWindow(idsPerDay: number): Promise<DedupResult> {
  const worker = await start();
  const step = { contender: "window", stride: 1, msPerId: DAY_MS / idsPerDay } as const;
  const emptyBytes = await emptyResident(worker);

  // Beyond the day and its eighth, so that runs are forgotten as fast as they are sealed.
  const filled = (idsPerDay * 9) / 8 + STEP_IDS;
  await run(worker, { ...step, from: 0, count: filled });
  const recent = await run(worker, { ...step, from: filled - DUPLICATES, count: DUPLICATES });
  const stride = Math.floor((idsPerDay - UNSEALED_IDS) / DUPLICATES);
  const sealed = await run(worker, { ...step, from: filled - idsPerDay, count: DUPLICATES, stride });
  expectDuplicates(recent.duplicates + sealed.duplicates, 2 * DUPLICATES);
  const fresh = await run(worker, { ...step, from: filled, count: NEW_IDS });
  expectDuplicates(fresh.duplicates, 0);
  const residentBytes = residentOf(worker) - emptyBytes;

  await worker.kill();
  await worker.restart();
  const emptyAgain = await emptyResident(worker);
  const woken = await run(worker, { ...step, from: 0, count: 0 });
  const wokenBytes = residentOf(worker) - emptyAgain;
  await worker.stop();
  return {
    idsPerDay,
    filterBytes: fresh.filterBytes,
    residentBytes,
    wokenBytes,
    nsPerNew: (fresh.ms * 1e6) / NEW_IDS,
    nsPerRecent: (recent.ms * 1e6) / DUPLICATES,
    nsPerSealed: (sealed.ms * 1e6) / DUPLICATES,
    bucketsPer1000New: (fresh.bucketsRead * 1_000) / NEW_IDS,
    rowsWrittenPerMillion: (fresh.rowsWritten * 1e6) / NEW_IDS,
    storedBytes: fresh.storedBytes,
    wakeMs: woken.ms,
  };
}

async function measureSet(contender: SetResult["contender"]): Promise<SetResult> {
  const worker = await start();
  const emptyBytes = await emptyResident(worker);
  const step = { contender, from: 0, count: SET_IDS, stride: 1, msPerId: 0 };
  const fresh = await run(worker, step);
  const residentBytes = residentOf(worker) - emptyBytes;
  const recent = await run(worker, step);
  expectDuplicates(fresh.duplicates + recent.duplicates, SET_IDS);
  // Strings are there already where events are parsed: making them does not count.
  const texts = contender === "strings" ? (await run(worker, { ...step, contender: "texts" })).ms : 0;
  await worker.stop();
  return {
    contender,
    ids: SET_IDS,
    residentBytes,
    nsPerNew: ((fresh.ms - texts) * 1e6) / SET_IDS,
    nsPerRecent: ((recent.ms - texts) * 1e6) / SET_IDS,
  };
}

async function start(): Promise<RunningWorker> {
  const { compatibility_date: compatibilityDate } = readConfig({ config: fromRepository("wrangler.toml") });
  if (compatibilityDate === undefined) throw new Error("wrangler.toml has no compatibility_date");
  return startWorker({
    entry: fromRepository("bench/workers/dedup.ts"),
    compatibilityDate,
    vars: {},
    objects: { DEDUP: "DedupBench" },
  });
}

/** Resident memory once the object is there, with nothing in it. */
async function emptyResident(worker: RunningWorker): Promise<number> {
  await run(worker, { contender: "texts", from: 0, count: 0, stride: 1, msPerId: 0 });
  return residentOf(worker);
}

/** Carries out a step piece by piece, and says what came of it and how long it took. */
async function run(worker: RunningWorker, step: DedupStep): Promise<DedupAnswer & { ms: number }> {
  const sum = { duplicates: 0, bucketsRead: 0, rowsWritten: 0, filterBytes: 0, storedBytes: 0, ms: 0 };
  let done = 0;
  do {
    const count = Math.min(STEP_IDS, step.count - done);
    const body = JSON.stringify({ ...step, from: step.from + done * step.stride, count });
    const began = performance.now();
    const response = await fetch(worker.url, { method: "POST", body });
    if (!response.ok) throw new Error(`The object of the bench failed: ${await response.text()}`);
    const { filterBytes, storedBytes, ...counts } = (await response.json()) as DedupAnswer;
    sum.ms += performance.now() - began;
    sum.duplicates += counts.duplicates;
    sum.bucketsRead += counts.bucketsRead;
    sum.rowsWritten += counts.rowsWritten;
    Object.assign(sum, { filterBytes, storedBytes });
    done += count;
  } while (done < step.count);
  return sum;
}

/** A wrong answer makes every number beside it worthless. */
function expectDuplicates(found: number, expected: number): void {
  if (found !== expected) throw new Error(`${found} duplicates were found where there are ${expected}`);
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html: `VmRSS:     52340 kB` */
function residentOf(worker: RunningWorker): number {
  const status = readFileSync(`/proc/${worker.process().pid}/status`, "utf8");
  return Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) * 1_024;
}

function reportWindows(results: readonly DedupResult[]): string {
  const memory = formatTable(
    ["ids a day", "filters MB", "+ open set MB", "MB/million ids", "RSS MB", "RSS woken MB", "wake ms"],
    results.map(({ idsPerDay, filterBytes, residentBytes, wokenBytes, wakeMs }) => [
      formatCount(idsPerDay),
      megabytes(filterBytes),
      megabytes(filterBytes + OPEN_SET_BYTES),
      megabytes(((filterBytes + OPEN_SET_BYTES) * 1e6) / idsPerDay),
      megabytes(residentBytes),
      megabytes(wokenBytes),
      formatCount(wakeMs),
    ]),
  );
  const time = formatTable(
    ["ids a day", "µs/new id", "µs/recent duplicate", "µs/sealed duplicate", "buckets read/1,000 new"],
    results.map(({ idsPerDay, nsPerNew, nsPerRecent, nsPerSealed, bucketsPer1000New }) => [
      formatCount(idsPerDay),
      (nsPerNew / 1_000).toFixed(2),
      (nsPerRecent / 1_000).toFixed(2),
      (nsPerSealed / 1_000).toFixed(2),
      bucketsPer1000New.toFixed(1),
    ]),
  );
  const cost = formatTable(
    [
      "ids a day",
      "rows written/million",
      "$ written/million",
      "$ read/million",
      "stored MB",
      "$ stored/month",
    ],
    results.map(({ idsPerDay, rowsWrittenPerMillion, bucketsPer1000New, storedBytes }) => [
      formatCount(idsPerDay),
      formatCount(rowsWrittenPerMillion),
      (rowsWrittenPerMillion * DOLLARS_PER_ROW_WRITTEN).toFixed(4),
      (bucketsPer1000New * 1_000 * DOLLARS_PER_ROW_READ).toFixed(5),
      megabytes(storedBytes),
      ((storedBytes / 1e9) * DOLLARS_PER_GB_MONTH).toFixed(3),
    ]),
  );
  return [memory, time, cost].join("\n\n");
}

function reportSets(results: readonly SetResult[]): string {
  return formatTable(
    ["in memory alone", "ids", "RSS MB", "µs/new id", "µs/duplicate"],
    results.map(({ contender, ids, residentBytes, nsPerNew, nsPerRecent }) => [
      contender === "flat" ? "flat set (IdSet)" : "Set of strings",
      formatCount(ids),
      megabytes(residentBytes),
      (nsPerNew / 1_000).toFixed(2),
      (nsPerRecent / 1_000).toFixed(2),
    ]),
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function fromRepository(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
