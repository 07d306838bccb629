import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../local/table.ts";
import { type RunningPlaytrail, startPlaytrail } from "./contenders.ts";
import { GAME } from "./events.ts";
import type { LoadJob, LoadResult } from "./load.ts";
import { processorMs } from "./processor-time.ts";
import { nextMessage, startScript, stopProcess } from "./scratch.ts";
import type { Behaviour, TailCommand, TailSeen } from "./tail-clients.ts";

/** As many people as will ever watch one game. */
export const TAILS = 50;

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 2;
const DRAIN_MS_MAX = 60_000;

/** Who watches while a load runs. */
export const AUDIENCES = ["none", "acking", "never_reading"] as const;
export type Audience = "none" | Behaviour;

/** One load, and what those who watched it saw. */
interface Run {
  load: LoadResult;
  seen: TailSeen;
  /** Processor time that the collector took, network and Durable Objects included. */
  processorMs: number;
}

/** One audience at one batch size: medians over the rounds. */
export interface Measured {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Processor time that the collector took for a request, all else that it did meanwhile included. */
  processorMsPerRequest: number;
}

/** All audiences at one batch size. */
export interface TailResult {
  eventsPerRequest: number;
  measured: Record<Audience, Measured>;
  /** Requests/s with tails over those without: the median of the rounds' own ratios. */
  ratios: Record<Behaviour, number>;
  /**
   * Processor time a second of the load that the tails took: what the collector took beyond that of as many requests that nobody watched.
   * On a machine that others use as well it says more than the ratios do.
   */
  tailsMsPerSecond: Record<Behaviour, number>;
  /** The ratio of one run without tails to the other of the same round: how much the machine itself swings. */
  noise: number;
  /** Frames and MiB a second that all who acknowledged received together. */
  framesPerSecond: number;
  mibPerSecond: number;
  /** What went wrong, in words. */
  problems: string[];
}

export interface TailOptions {
  seconds: number;
  rounds: number;
  batchSizes: number[];
}

/** Measures ingest with and without people who watch, one batch size after the other. */
export async function* benchTail({ seconds, rounds, batchSizes }: TailOptions): AsyncGenerator<TailResult> {
  const sink = startScript("firehose-sink.ts");
  const firehoseEndpoint = `http://127.0.0.1:${await nextMessage<number>(sink)}`;
  for (const eventsPerRequest of batchSizes) {
    yield await benchBatchSize(eventsPerRequest, { seconds, rounds }, firehoseEndpoint);
  }
  await stopProcess(sink);
}

async function benchBatchSize(
  eventsPerRequest: number,
  { seconds, rounds }: Omit<TailOptions, "batchSizes">,
  firehoseEndpoint: string,
): Promise<TailResult> {
  const loader = startScript("load.ts");
  const clients = startScript("tail-clients.ts");
  const playtrail = await startPlaytrail(firehoseEndpoint);

  const tell = (command: TailCommand): Promise<TailSeen> => {
    const answer = nextMessage<TailSeen>(clients);
    clients.send(command);
    return answer;
  };
  const measure = async (audience: Audience, seconds: number): Promise<Run> => {
    if (audience !== "none") {
      const { worker, readKey: key } = playtrail;
      const path = `/v1/games/${GAME}/tail`;
      await tell({
        kind: "open",
        job: { url: worker.url, path, key, clients: TAILS, behaviour: audience },
      });
    }
    const answer = nextMessage<LoadResult>(loader);
    const { eventsUrl: url, writeKey: key } = playtrail;
    const job: LoadJob = {
      url,
      key,
      eventsPerRequest,
      arrivals: { connections: CONNECTIONS },
      seconds,
      checkAnswers: true,
    };
    const before = processorMs(playtrail.worker.process());
    loader.send(job);
    const load = await answer;
    const processor = processorMs(playtrail.worker.process()) - before;
    const seen = await tell({ kind: "look" });
    await tell({ kind: "close" });
    await drain(playtrail);
    return { load, seen, processorMs: processor };
  };

  for (const audience of AUDIENCES) await measure(audience, WARM_UP_SECONDS);
  const all: (Record<Audience, Run> & { again: Run })[] = [];
  while (all.length < rounds) {
    const none = await measure("none", seconds);
    const acking = await measure("acking", seconds);
    const neverReading = await measure("never_reading", seconds);
    all.push({ none, acking, never_reading: neverReading, again: await measure("none", seconds) });
  }
  await playtrail.worker.stop();
  await stopProcess(loader);
  await stopProcess(clients);
  return summarize(eventsPerRequest, all);
}

/** Waits until hardly anything waits for delivery, which must not go on beside the next measurement. */
async function drain({ queueUrl, readKey, firehoseCallBytes }: RunningPlaytrail): Promise<void> {
  const deadline = Date.now() + DRAIN_MS_MAX;
  const headers = { authorization: `Bearer ${readKey}` };
  while (Date.now() < deadline) {
    const { depth } = (await (await fetch(queueUrl, { headers })).json()) as { depth: { bytes: number } };
    if (depth.bytes < firehoseCallBytes) return;
    await sleep(100);
  }
}

function summarize(eventsPerRequest: number, rounds: (Record<Audience, Run> & { again: Run })[]): TailResult {
  const rate = ({ load }: Run) => load.answered / load.seconds;
  const medianOf = (value: (round: (typeof rounds)[number]) => number) => median(rounds.map(value));
  const perRequest = ({ processorMs, load }: Run) => processorMs / load.answered;
  const measured = (audience: Audience) => ({
    requestsPerSecond: medianOf((round) => rate(round[audience])),
    p50Ms: medianOf((round) => round[audience].load.p50Ms),
    p99Ms: medianOf((round) => round[audience].load.p99Ms),
    processorMsPerRequest: medianOf((round) => perRequest(round[audience])),
  });
  // The machine's speed drifts: those without tails stand before and after those with them.
  const ratio = (audience: Behaviour) =>
    medianOf((round) => rate(round[audience]) / ((rate(round.none) + rate(round.again)) / 2));
  const beyond = (audience: Behaviour) =>
    medianOf((round) => {
      const { processorMs, load } = round[audience];
      const unwatched = (perRequest(round.none) + perRequest(round.again)) / 2;
      return (processorMs - load.answered * unwatched) / load.seconds;
    });
  return {
    eventsPerRequest,
    tailsMsPerSecond: { acking: beyond("acking"), never_reading: beyond("never_reading") },
    measured: {
      none: measured("none"),
      acking: measured("acking"),
      never_reading: measured("never_reading"),
    },
    ratios: { acking: ratio("acking"), never_reading: ratio("never_reading") },
    noise: medianOf((round) => rate(round.again) / rate(round.none)),
    framesPerSecond: medianOf(({ acking: { seen, load } }) => seen.frames / load.seconds),
    mibPerSecond: medianOf(({ acking: { seen, load } }) => seen.bytes / load.seconds / 1024 ** 2),
    problems: rounds.flatMap(problemsOf),
  };
}

/** A measurement that was refused, or that nobody watched, measured something else. */
function problemsOf(round: Record<Audience, Run>): string[] {
  return AUDIENCES.flatMap((audience) => {
    const { load, seen } = round[audience];
    const failures = Object.entries(load.failures).map(([what, count]) => `${audience}: ${count} ${what}`);
    const expected = audience === "none" ? 0 : TAILS;
    return seen.open === expected
      ? failures
      : [...failures, `${audience}: ${seen.open} of ${expected} tails stayed open`];
  });
}
