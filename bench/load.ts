import autocannon, { type Client, type Result } from "autocannon";
import { makeBatch, renewIds } from "./events.ts";

// A process of its own: the load must not wait for whatever else the bench does, nor the other way round.

const CONNECTIONS = 64;
/** Every so many answers one is read: reading all of them would slow the load. */
const ANSWERS_PER_CHECK = 64;

/** What to send, where, for how long. */
export interface LoadJob {
  url: string;
  /** Absent: the Worker asks for none. */
  key?: string;
  eventsPerRequest: number;
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

async function load(job: LoadJob): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const result = await new Promise<Result>((resolve, reject) => {
    const run = autocannon(
      {
        url: job.url,
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(job.key === undefined ? {} : { authorization: `Bearer ${job.key}` }),
        },
        connections: CONNECTIONS,
        duration: job.seconds,
        sampleInt: 100,
        setupClient: (client) => sendFreshEvents(client, job.eventsPerRequest),
        verifyBody: job.checkAnswers ? checkSome(job.eventsPerRequest) : () => true,
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    );
    run.on("response", (_client, _status, _bytes, milliseconds) => latenciesMs.push(milliseconds));
  });
  latenciesMs.sort((a, b) => a - b);
  return {
    seconds: result.duration,
    sent: result.requests.sent,
    answered: result["2xx"],
    failures: failuresOf(result),
    p50Ms: latenciesMs[Math.floor(latenciesMs.length * 0.5)] ?? Number.NaN,
    p99Ms: latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? Number.NaN,
  };
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
  if (result.mismatches > 0)
    failures["checked answers that did not plainly accept every event"] = result.mismatches;
  return failures;
}
