import { setTimeout as sleep } from "node:timers/promises";
import autocannon, { type Client, type Result } from "autocannon";
import { makeBatch, renewIds } from "./events.ts";

// A process of its own: the load must not wait for whatever else the bench does, nor the other way round.

/** Every so many answers one is read: reading all of them would slow the load. */
const ANSWERS_PER_CHECK = 64;
const UNEXPECTED_ANSWER = "checked answers that did not plainly accept every event";

/**
 * When requests come: each connection's next one as soon as the one before is answered, which keeps the machine as busy as it can
 * be; or each at a moment of its own, as many players' do, whatever became of the others.
 */
export type Arrivals = { connections: number } | { requestsPerSecond: number };

/** What to send, where, for how long. */
export interface LoadJob {
  url: string;
  /** Absent: the Worker asks for none. */
  key?: string;
  eventsPerRequest: number;
  arrivals: Arrivals;
  seconds: number;
  /** Whether the answer is Playtrail's and says how many events it took. */
  checkAnswers: boolean;
}

/** What came of it. */
export interface LoadResult {
  seconds: number;
  sent: number;
  answered: number;
  /** What failed → how often; empty where nothing did. */
  failures: Record<string, number>;
  p50Ms: number;
  p99Ms: number;
}

process.on("message", async (job: LoadJob) => {
  process.send?.(await load(job));
});

function load(job: LoadJob): Promise<LoadResult> {
  const { arrivals } = job;
  return "connections" in arrivals
    ? loadByConnections(job, arrivals.connections)
    : loadAtRandom(job, arrivals.requestsPerSecond);
}

async function loadByConnections(job: LoadJob, connections: number): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const result = await new Promise<Result>((resolve, reject) => {
    const run = autocannon(
      {
        url: job.url,
        method: "POST",
        headers: headersOf(job),
        connections,
        duration: job.seconds,
        sampleInt: 100,
        setupClient: (client) => sendFreshEvents(client, job.eventsPerRequest),
        verifyBody: job.checkAnswers ? checkSome(job.eventsPerRequest) : () => true,
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    );
    run.on("response", (_client, _status, _bytes, milliseconds) => latenciesMs.push(milliseconds));
  });
  return {
    seconds: result.duration,
    sent: result.requests.sent,
    answered: result["2xx"],
    failures: failuresOf(result),
    ...percentilesOf(latenciesMs),
  };
}

/** Arrivals at random (a Poisson process): the waits between them are exponentially distributed. */
async function loadAtRandom(job: LoadJob, requestsPerSecond: number): Promise<LoadResult> {
  const { bytes, idOffsets } = makeBatch(job.eventsPerRequest);
  const isAsExpected = job.checkAnswers ? checkSome(job.eventsPerRequest) : () => true;
  const latenciesMs: number[] = [];
  const failures: Record<string, number> = {};
  const send = async () => {
    const body = Buffer.from(bytes);
    renewIds(body, idOffsets, 0);
    const sentAt = performance.now();
    const failure = await sendOne(job, body, isAsExpected);
    latenciesMs.push(performance.now() - sentAt);
    if (failure !== undefined) failures[failure] = (failures[failure] ?? 0) + 1;
  };

  const requests: Promise<void>[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + job.seconds * 1000;
  const waitMs = () => (-Math.log(1 - Math.random()) * 1000) / requestsPerSecond;
  for (let at = startedAt + waitMs(); at < endsAt; at += waitMs()) {
    const earlyMs = at - performance.now();
    if (earlyMs > 0) await sleep(earlyMs);
    requests.push(send());
  }
  await Promise.all(requests);
  return {
    seconds: (performance.now() - startedAt) / 1000,
    sent: requests.length,
    answered: requests.length - Object.values(failures).reduce((sum, count) => sum + count, 0),
    failures,
    ...percentilesOf(latenciesMs),
  };
}

/** What failed, in words; undefined where nothing did. */
async function sendOne(
  job: LoadJob,
  body: Uint8Array<ArrayBuffer>,
  isAsExpected: (body: string) => boolean,
): Promise<string | undefined> {
  try {
    const response = await fetch(job.url, { method: "POST", headers: headersOf(job), body });
    const text = await response.text();
    if (!response.ok) return `answers with status ${response.status}`;
    return isAsExpected(text) ? undefined : UNEXPECTED_ANSWER;
  } catch {
    return "broken connections";
  }
}

function headersOf({ key }: LoadJob): Record<string, string> {
  const contentType = { "content-type": "application/json" };
  return key === undefined ? contentType : { ...contentType, authorization: `Bearer ${key}` };
}

function percentilesOf(latenciesMs: number[]): Pick<LoadResult, "p50Ms" | "p99Ms"> {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const percentile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { p50Ms: percentile(0.5), p99Ms: percentile(0.99) };
}

/** Each connection has a body of its own and renews the ids in it just before it is sent. */
function sendFreshEvents(client: Client, eventsPerRequest: number): void {
  const { bytes, idOffsets } = makeBatch(eventsPerRequest);
  client.setBody(bytes);
  const request = client.getRequestBuffer();
  const headLength = request.length - bytes.length;
  client.on("request", () => renewIds(request, idOffsets, headLength));
}

/** Every event must be plainly accepted: one that draws a warning costs more and belongs to another benchmark. */
function checkSome(eventsPerRequest: number): (body: string) => boolean {
  let answers = 0;
  return (body) => {
    if (answers++ % ANSWERS_PER_CHECK !== 0) return true;
    if (!body.startsWith("{")) return false;
    const { accepted, results } = JSON.parse(body);
    return accepted === eventsPerRequest && results.length === 0;
  };
}

function failuresOf(result: Result): Record<string, number> {
  const failures: Record<string, number> = {};
  for (const [status, { count }] of Object.entries(result.statusCodeStats)) {
    if (!status.startsWith("2")) failures[`answers with status ${status}`] = count;
  }
  if (result.errors > 0) failures["broken connections"] = result.errors;
  if (result.mismatches > 0) failures[UNEXPECTED_ANSWER] = result.mismatches;
  return failures;
}
