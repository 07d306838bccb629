import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { formatCount, median } from "../local/table.ts";
import { OBJECT_GB, type Usage } from "../worker/operate/prices.ts";
import {
  type Contender,
  type CountedContender,
  type Counts,
  startFloor,
  startNaive,
  startPlaytrail,
} from "./cost-contenders.ts";
import type { Arrivals, LoadJob, LoadResult } from "./load.ts";
import type { Meter } from "./meter.ts";
import { nextMessage, startScript, stopProcess } from "./scratch.ts";

/**
 * What one object that writes takes is 200 to 500:
 * https://developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/
 */
export const BUSY_REQUESTS_PER_SECOND = 500;

/** An assumption, and a generous one: how long an object is awake to deliver, nearly all of it waiting for Firehose. */
export const DELIVERY_MS = 200;

/** In turn: one device after the other; some at once; a machine at its limit; and many players, each at a moment of its own. */
const LOADS: Arrivals[] = [
  { connections: 1 },
  { connections: 16 },
  { connections: 64 },
  { requestsPerSecond: 100 },
  { requestsPerSecond: BUSY_REQUESTS_PER_SECOND },
];

const NAIVE_LOAD: Arrivals = { connections: 16 };
/** The naive design falls so far behind its load that a longer one would only take longer. */
const NAIVE_SECONDS = 2;

/** So far apart that each request is delivered by itself, at a flush interval so short that nobody need wait for it. */
const SLOW_LOAD: Arrivals = { requestsPerSecond: 3 };
const SLOW_SECONDS = 12;
const SLOW_FLUSH_INTERVAL_MS = "20";

/** Long enough for V8 to compile what is hot. */
const WARM_UP: Arrivals = { connections: 64 };
const WARM_UP_SECONDS = 1.5;
/** A backlog that is not gone by then is a finding, not something to wait for. */
const DRAIN_MS_MAX = 120_000;

export interface CostOptions {
  /** How long one measurement lasts. */
  seconds: number;
  /** How often each load is measured. */
  rounds: number;
  /** Events a request. */
  batchSizes: number[];
}

type Latency = Pick<LoadResult, "p50Ms" | "p99Ms">;

/** What a million events take: what is billed, and what its parts are. */
export interface Cost extends Usage, Pick<Meter, "calls" | "alarms"> {}

/** Playtrail under one kind of load. */
export interface LoadCost {
  arrivals: Arrivals;
  cost: Cost;
  latency: Latency;
  /** The durable floor's, under the same load. */
  floorLatency: Latency;
}

/** All that was measured at one batch size. */
export interface BatchSizeCost {
  eventsPerRequest: number;
  loads: LoadCost[];
  /** A game so slow that each request is delivered by itself. */
  slow: Cost;
  naive: Cost;
  /** What went wrong, in words. While this is not empty, the numbers are worth nothing. */
  problems: string[];
}

/** What the measurements at one batch size share. */
export interface Setting {
  eventsPerRequest: number;
  firehoseEndpoint: string;
  loader: ChildProcess;
  problems: string[];
}

/** Measures what is billed, one batch size after the other. */
export async function* benchCost({ batchSizes, ...options }: CostOptions): AsyncGenerator<BatchSizeCost> {
  const sink = startScript("firehose-sink.ts");
  const firehoseEndpoint = `http://127.0.0.1:${await nextMessage<number>(sink)}`;
  for (const eventsPerRequest of batchSizes) {
    const loader = startScript("load.ts");
    const setting: Setting = { eventsPerRequest, firehoseEndpoint, loader, problems: [] };
    yield {
      eventsPerRequest,
      loads: await measureLoads(setting, options),
      slow: await measureSlow(setting),
      naive: await measureNaive(setting),
      problems: setting.problems,
    };
    await stopProcess(loader);
  }
  await stopProcess(sink);
}

async function measureLoads(
  setting: Setting,
  { seconds, rounds }: Omit<CostOptions, "batchSizes">,
): Promise<LoadCost[]> {
  const playtrail = await startPlaytrail(setting.firehoseEndpoint);
  const floor = await startFloor();
  await load(setting, floor, WARM_UP, WARM_UP_SECONDS);
  await use(setting, playtrail, WARM_UP, WARM_UP_SECONDS);
  const loads: LoadCost[] = [];
  for (const arrivals of LOADS) {
    const floorLatencies: Latency[] = [];
    const latencies: Latency[] = [];
    let used = NOTHING;
    while (latencies.length < rounds) {
      floorLatencies.push(await load(setting, floor, arrivals, seconds));
      const round = await use(setting, playtrail, arrivals, seconds);
      latencies.push(round.latency);
      used = combine(used, round.used, (a, b) => a + b);
    }
    loads.push({
      arrivals,
      cost: costOf(setting, used, awakeMs(arrivals)),
      latency: medianOf(latencies),
      floorLatency: medianOf(floorLatencies),
    });
  }
  await playtrail.worker.stop();
  await floor.worker.stop();
  return loads;
}

async function measureSlow(setting: Setting): Promise<Cost> {
  const vars = { FLUSH_INTERVAL_MS: SLOW_FLUSH_INTERVAL_MS };
  const playtrail = await startPlaytrail(setting.firehoseEndpoint, vars);
  const { used, latency } = await use(setting, playtrail, SLOW_LOAD, SLOW_SECONDS);
  await playtrail.worker.stop();
  return costOf(setting, used, latency.p50Ms + DELIVERY_MS);
}

async function measureNaive(setting: Setting): Promise<Cost> {
  const naive = await startNaive(setting.firehoseEndpoint);
  const { used } = await use(setting, naive, NAIVE_LOAD, NAIVE_SECONDS);
  await naive.worker.stop();
  return costOf(setting, used, awakeMs(NAIVE_LOAD));
}

/** Loads a contender, waits until all is delivered, and says what that took. */
export async function use(
  setting: Setting,
  contender: CountedContender,
  arrivals: Arrivals,
  seconds: number,
): Promise<{ used: Counts; latency: Latency }> {
  const before = await contender.count();
  const latency = await load(setting, contender, arrivals, seconds);
  const after = await delivered(contender);
  if (after.waiting > 0) setting.problems.push(`${formatCount(after.waiting)} events were never delivered`);
  return { used: combine(after, before, (a, b) => a - b), latency };
}

async function load(
  { eventsPerRequest, loader, problems }: Setting,
  { worker, eventsUrl, writeKey }: Contender,
  arrivals: Arrivals,
  seconds: number,
): Promise<LoadResult> {
  const checkAnswers = writeKey !== undefined;
  const answer = nextMessage<LoadResult>(loader);
  const job: LoadJob = { url: eventsUrl, key: writeKey, eventsPerRequest, arrivals, seconds, checkAnswers };
  loader.send(job);
  const result = await answer;
  for (const [failure, count] of Object.entries(result.failures)) {
    problems.push(`${worker.url}: ${formatCount(count)} ${failure}`);
  }
  return result;
}

async function delivered(contender: CountedContender): Promise<Counts> {
  const deadline = Date.now() + DRAIN_MS_MAX;
  let counts = await contender.count();
  while (counts.waiting > 0 && Date.now() < deadline) {
    await sleep(250);
    counts = await contender.count();
  }
  return counts;
}

/** An object that never sleeps is billed for all the time between two requests; how much that is on this machine says nothing. */
export function awakeMs(arrivals: Arrivals): number {
  const { requestsPerSecond } =
    "requestsPerSecond" in arrivals ? arrivals : { requestsPerSecond: BUSY_REQUESTS_PER_SECOND };
  return 1000 / requestsPerSecond;
}

/** What a million events take. `awakeMs`: how long each request keeps its object awake. */
export function costOf({ eventsPerRequest }: Setting, used: Counts, awakeMs: number): Cost {
  const perMillion = 1_000_000 / used.delivered;
  const requests = 1_000_000 / eventsPerRequest;
  return {
    requests,
    cpuMs: used.cpuMs * perMillion,
    calls: used.calls * perMillion,
    alarms: used.alarms * perMillion,
    objectRequests: (used.calls + used.alarms) * perMillion,
    gbSeconds: (requests * awakeMs * OBJECT_GB) / 1000,
    rowsWritten: used.rowsWritten * perMillion,
    rowsRead: used.rowsRead * perMillion,
    firehoseBytes: used.firehoseBytes * perMillion,
  };
}

const NOTHING: Counts = {
  calls: 0,
  alarms: 0,
  rowsWritten: 0,
  rowsRead: 0,
  cpuMs: 0,
  waiting: 0,
  delivered: 0,
  firehoseBytes: 0,
};

function combine(a: Counts, b: Counts, combined: (a: number, b: number) => number): Counts {
  const counts = { ...a };
  for (const name of Object.keys(NOTHING) as (keyof Counts)[]) counts[name] = combined(a[name], b[name]);
  return counts;
}

function medianOf(latencies: Latency[]): Latency {
  return {
    p50Ms: median(latencies.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(latencies.map(({ p99Ms }) => p99Ms)),
  };
}
