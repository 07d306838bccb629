import { setTimeout as sleep } from "node:timers/promises";
import { formatCount, median } from "../local/table.ts";
import { CONTENDERS, type Contender, type RunningPlaytrail, startContenders } from "./contenders.ts";
import { makeBatch } from "./events.ts";
import type { LoadJob, LoadResult } from "./load.ts";
import { nextMessage, startScript, stopProcess } from "./scratch.ts";

/** Enough to keep both processors of a small machine busy. */
const CONNECTIONS = 64;
/** Long enough for V8 to compile what is hot. */
const WARM_UP_SECONDS = 1.5;
/** A backlog that is not gone by then is a finding, not something to wait for. */
const DRAIN_MS_MAX = 60_000;

export interface IngestOptions {
  /** How long one measurement lasts. */
  seconds: number;
  /** How often each contender is measured: in turn, because the machine's own speed drifts. */
  rounds: number;
  /** Events a request. */
  batchSizes: number[];
}

/** One contender at one batch size: medians over the rounds. */
export interface Measured {
  requestsPerSecond: number;
  eventsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/** What Playtrail's queue says that its work took, warm-up included. */
export interface QueueCost {
  rowsPer1000Events: number;
  billedBytesPer1000Events: number;
  /** Bytes that Firehose bills for each byte delivered. */
  billedPerByte: number;
}

/** All that was measured at one batch size. */
export interface BatchSizeResult {
  eventsPerRequest: number;
  requestBytes: number;
  measured: Record<Contender, Measured>;
  /** Playtrail's requests/s over another's: the median of the rounds' own ratios. */
  playtrailToBare: number;
  playtrailToFloor: number;
  cost: QueueCost;
  /** The share of a round's events that still waited for delivery when its load stopped: the median. */
  backlogShare: number;
  /** What went wrong, in words. While this is not empty, the numbers are worth nothing. */
  problems: string[];
}

/** The part of a queue's stats that the bench reads; the whole is in docs. */
interface QueueStats {
  depth: { events: number; bytes: number };
  totals: {
    accepted: number;
    delivered: number;
    firehose_bytes: number;
    firehose_billed_bytes: number;
    rows_written: number;
  };
}

/** Each contender measured once, and what Playtrail had not delivered yet at the end of its turn. */
interface Round {
  loads: Record<Contender, LoadResult>;
  backlogShare: number;
}

/** Measures the contenders side by side, one batch size after the other. */
export async function* benchIngest(options: IngestOptions): AsyncGenerator<BatchSizeResult> {
  const sink = startScript("firehose-sink.ts");
  const firehoseEndpoint = `http://127.0.0.1:${await nextMessage<number>(sink)}`;
  for (const eventsPerRequest of options.batchSizes) {
    yield await benchBatchSize(eventsPerRequest, options, firehoseEndpoint);
  }
  await stopProcess(sink);
}

/** Everything is new for each batch size: the same empty tables, the same cold start, totals that count this size alone. */
async function benchBatchSize(
  eventsPerRequest: number,
  { seconds, rounds: roundCount }: IngestOptions,
  firehoseEndpoint: string,
): Promise<BatchSizeResult> {
  const loader = startScript("load.ts");
  const contenders = await startContenders(firehoseEndpoint);

  const measure = (contender: Contender, seconds: number): Promise<LoadResult> => {
    const { eventsUrl, writeKey } = contenders[contender];
    const checkAnswers = contender === "playtrail";
    const answer = nextMessage<LoadResult>(loader);
    const job: LoadJob = {
      url: eventsUrl,
      key: writeKey,
      eventsPerRequest,
      arrivals: { connections: CONNECTIONS },
      seconds,
      checkAnswers,
    };
    loader.send(job);
    return answer;
  };
  const measureAll = async (seconds: number): Promise<Round> => {
    const bare = await measure("bare", seconds);
    const floor = await measure("floor", seconds);
    const playtrail = await measure("playtrail", seconds);
    const { depth } = await readQueue(contenders.playtrail);
    // What is left over must not be delivered while another contender is being measured.
    await drain(contenders.playtrail, contenders.playtrail.firehoseCallBytes);
    return {
      loads: { bare, floor, playtrail },
      backlogShare: depth.events / (playtrail.answered * eventsPerRequest),
    };
  };

  const warmUp = await measureAll(WARM_UP_SECONDS);
  const rounds: Round[] = [];
  while (rounds.length < roundCount) rounds.push(await measureAll(seconds));
  await drain(contenders.playtrail, 1);
  const queue = await readQueue(contenders.playtrail);
  for (const contender of CONTENDERS) await contenders[contender].worker.stop();
  await stopProcess(loader);

  return {
    ...summarize(eventsPerRequest, rounds),
    cost: costOf(queue),
    problems: problemsOf(eventsPerRequest, [warmUp, ...rounds], queue),
  };
}

async function readQueue({ queueUrl, readKey }: RunningPlaytrail): Promise<QueueStats> {
  const response = await fetch(queueUrl, { headers: { authorization: `Bearer ${readKey}` } });
  if (!response.ok)
    throw new Error(`The queue's stats answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as QueueStats;
}

/** Waits until fewer than `bytes` wait for delivery. */
async function drain(playtrail: RunningPlaytrail, bytes: number): Promise<void> {
  const deadline = Date.now() + DRAIN_MS_MAX;
  while ((await readQueue(playtrail)).depth.bytes >= bytes && Date.now() < deadline) await sleep(100);
}

function summarize(eventsPerRequest: number, rounds: Round[]): Omit<BatchSizeResult, "cost" | "problems"> {
  const medianOf = (value: (round: Round) => number) => median(rounds.map(value));
  const requestsPerSecond = ({ answered, seconds }: LoadResult) => answered / seconds;
  const measured = (contender: Contender): Measured => {
    const rate = medianOf(({ loads }) => requestsPerSecond(loads[contender]));
    return {
      requestsPerSecond: rate,
      eventsPerSecond: rate * eventsPerRequest,
      p50Ms: medianOf(({ loads }) => loads[contender].p50Ms),
      p99Ms: medianOf(({ loads }) => loads[contender].p99Ms),
    };
  };
  const playtrailTo = (other: Contender) =>
    medianOf(({ loads }) => requestsPerSecond(loads.playtrail) / requestsPerSecond(loads[other]));
  return {
    eventsPerRequest,
    requestBytes: makeBatch(eventsPerRequest).bytes.length,
    measured: { bare: measured("bare"), floor: measured("floor"), playtrail: measured("playtrail") },
    playtrailToBare: playtrailTo("bare"),
    playtrailToFloor: playtrailTo("floor"),
    backlogShare: medianOf(({ backlogShare }) => backlogShare),
  };
}

function costOf({ totals }: QueueStats): QueueCost {
  return {
    rowsPer1000Events: (totals.rows_written / totals.accepted) * 1000,
    billedBytesPer1000Events: (totals.firehose_billed_bytes / totals.delivered) * 1000,
    billedPerByte: totals.firehose_billed_bytes / totals.firehose_bytes,
  };
}

/** A benchmark that lost events, or was refused, measured something else. */
function problemsOf(eventsPerRequest: number, rounds: Round[], { totals, depth }: QueueStats): string[] {
  const problems = CONTENDERS.flatMap((contender) => failuresOf(contender, rounds));
  const playtrail = rounds.map(({ loads }) => loads.playtrail);
  // When a load stops, its last requests may have been accepted with nobody left to read the answer.
  const fewest = sum(playtrail.map(({ answered }) => answered)) * eventsPerRequest;
  const most = sum(playtrail.map(({ sent }) => sent)) * eventsPerRequest;
  if (totals.accepted < fewest || totals.accepted > most) {
    problems.push(
      `playtrail: ${formatCount(fewest)} to ${formatCount(most)} events were sent, ${formatCount(totals.accepted)} accepted`,
    );
  }
  if (depth.events > 0) problems.push(`playtrail: ${formatCount(depth.events)} events were never delivered`);
  return problems;
}

/** What failed over all rounds: `["bare: 12 broken connections"]`. */
function failuresOf(contender: Contender, rounds: Round[]): string[] {
  const counts = new Map<string, number>();
  for (const { loads } of rounds) {
    for (const [failure, count] of Object.entries(loads[contender].failures)) {
      counts.set(failure, (counts.get(failure) ?? 0) + count);
    }
  }
  return [...counts].map(([failure, count]) => `${contender}: ${formatCount(count)} ${failure}`);
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
