import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { createFirehose, type Firehose } from "../../local/firehose/server.ts";
import type { IngestAnswer } from "../../sdk/events.ts";
import { mintKey } from "../../worker/auth/keys.ts";
import type { QueueStats } from "../../worker/queue/stats.ts";
import { SECRETS, settingsOf } from "../faults/collector.ts";
import { accountingProblems } from "../faults/reconcile.ts";
import { CREDENTIALS, REGION, STREAM } from "../faults/stand-in.ts";
import { until } from "../faults/wait.ts";
import { playtrail } from "../playtrail.ts";
import { makeDirectory, removeDirectory } from "../scratch.ts";
import { startWorker } from "../workerd.ts";
import { logProblems, problemsOf, type Secrets } from "./judge.ts";
import { operationsOf } from "./openapi.ts";
import { GAME, peopleOf } from "./people.ts";
import { type FuzzRequest, POISON, requestOf } from "./request.ts";
import { type Answer, Sender } from "./send.ts";
import { readStored } from "./stored.ts";

/** So many requests are under way at a time. */
const CONNECTIONS = 16;

/** Events come that many times as often as anything else, since most is to be broken there. */
const EVENTS_WEIGHT = 10;

/** Requests are made in so large lots: all of them at once would not fit into memory. */
const LOT = 500;

const BOARDS = {
  [GAME]: {
    high_score: { value: "max(progression.score)", period: "week" },
    purchases: { value: "count(purchase)", period: "all" },
  },
};

/** Something that must not be, and what showed it first. */
export interface Finding {
  problem: string;
  example: string;
  count: number;
}

/** What the run saw. */
export interface FuzzResult {
  requests: number;
  /** How often each operation answered with each status. `none`: paths and methods that are no operation's. */
  statuses: Map<string, Map<number, number>>;
  /** What the answers said of events, added up. */
  accepted: number;
  duplicates: number;
  /** Where the accepted events are, by the queues' own numbers. */
  whereabouts: Record<"delivered" | "waiting" | "dead_letters" | "purged" | "erased", number>;
  /** How often an event became a dead letter. */
  deadLettered: number;
  /** Events in the bucket, each counted as often as it is there. */
  stored: number;
  logLines: number;
  findings: Finding[];
}

/** Sends so many requests, drawn by `seed`, to a collector of its own, and looks at all that came of it. */
export async function fuzz({ requests, seed }: { requests: number; seed: number }): Promise<FuzzResult> {
  const data = makeDirectory();
  const log = join(data, "log.ndjson");
  const firehose = await createFirehose({
    port: 0,
    data,
    stream: STREAM,
    region: REGION,
    credentials: CREDENTIALS,
  });
  await refuse(firehose, { mode: "refuse_record", match: POISON });
  const own = { LEADERBOARDS: JSON.stringify(BOARDS), MAX_ATTEMPTS: "2" };
  const settings = { ...settingsOf(firehose.url, own), ...SECRETS };
  const worker = await startWorker({ ...playtrail(settings), log });
  const findings = new Findings();
  try {
    const run = await sendAll(worker.url, requests, seed, findings);
    await refuse(firehose, { mode: "none" });
    const accounts = await accountsOf(worker.url, run, findings);
    await worker.stop();
    await firehose.close();
    const stored = await judgeStored(join(data, "s3"), accounts.whereabouts.delivered, findings);
    const logLines = await judgeLog(log, run.secrets, findings);
    const { statuses, accepted, duplicates } = run;
    return {
      requests,
      statuses,
      accepted,
      duplicates,
      ...accounts,
      stored,
      logLines,
      findings: findings.list(),
    };
  } finally {
    await worker.stop();
    await firehose.close();
    removeDirectory(data);
  }
}

/** Has the stand-in refuse what the fault says from now on. */
async function refuse({ url }: Firehose, fault: object): Promise<void> {
  await fetch(`${url}/__faults`, { method: "POST", body: JSON.stringify(fault) });
}

/** What the run knows once everything is sent. */
interface Run {
  statuses: Map<string, Map<number, number>>;
  accepted: number;
  duplicates: number;
  secrets: Secrets;
}

async function sendAll(url: string, requests: number, seed: number, findings: Findings): Promise<Run> {
  const operations = operationsOf(await (await fetch(`${url}/openapi.json`)).json());
  const people = await peopleOf(String(SECRETS.KEY_SECRETS));
  const keys = people.flatMap(({ key = "" }) => (key.length > 20 ? [key] : []));
  const run: Run = {
    statuses: new Map(),
    accepted: 0,
    duplicates: 0,
    secrets: { words: Object.values(SECRETS), keys },
  };
  const drawn = fc.oneof(
    ...operations.map((operation) => ({
      weight: operation.path === "/v1/events" ? EVENTS_WEIGHT : 1,
      arbitrary: requestOf(operation, operations, people),
    })),
  );
  const sender = new Sender(url, CONNECTIONS);

  async function sendOne(request: FuzzRequest): Promise<void> {
    const answer = await sender.send(request).catch((error: Error) => {
      findings.add(`${nameOf(request)}: no answer: ${error.message}`, exampleOf(request));
    });
    if (answer === undefined) return;
    for (const problem of problemsOf(request, answer, operations, run.secrets))
      findings.add(`${nameOf(request)}: ${problem}`, exampleOf(request, answer));
    note(run, request, answer);
  }

  for (let first = 0; first < requests; first += LOT) {
    const lot = fc.sample(drawn, { numRuns: Math.min(LOT, requests - first), seed: seed + first });
    const left = lot.values();
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (const request of left) await sendOne(request);
      }),
    );
  }
  sender.close();
  return run;
}

function note(run: Run, { operation, method }: FuzzRequest, { status, text }: Answer): void {
  const name = method === operation.method ? `${method} ${operation.path}` : "another method";
  const counts = run.statuses.get(name) ?? new Map<number, number>();
  counts.set(status, (counts.get(status) ?? 0) + 1);
  run.statuses.set(name, counts);
  if (status !== 202) return;
  const { accepted, duplicates } = JSON.parse(text) as IngestAnswer;
  run.accepted += accepted;
  run.duplicates += duplicates;
}

/** Waits until nothing waits any more, and holds every queue's numbers against what the answers said. */
async function accountsOf(
  url: string,
  { accepted, duplicates }: Run,
  findings: Findings,
): Promise<Pick<FuzzResult, "whereabouts" | "deadLettered">> {
  const admin = await mintKey({ game: "*", role: "admin" }, String(SECRETS.KEY_SECRETS));
  const headers = { Authorization: `Bearer ${admin}` };
  const ask = async <Answer>(path: string, method = "GET") => {
    const response = await fetch(url + path, { method, headers });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  };
  const { games } = await ask<{ games: { game: string }[] }>("/v1/games");
  let all: QueueStats[] = [];
  await until("everything is delivered", async () => {
    all = await Promise.all(
      games.map(({ game }) => ask<QueueStats>(`/v1/games/${game}/queue/flush`, "POST")),
    );
    return all.every(({ depth }) => depth.events === 0);
  });
  const sum = (measure: (stats: QueueStats) => number) =>
    all.reduce((total, stats) => total + measure(stats), 0);
  for (const stats of all)
    for (const problem of accountingProblems(stats)) findings.add(`${stats.game}: ${problem}`);
  findings.compare(
    "accepted by the answers and by the queues",
    accepted,
    sum(({ totals }) => totals.accepted),
  );
  findings.compare(
    "duplicates by the answers and by the queues",
    duplicates,
    sum(({ totals }) => totals.duplicates),
  );
  return {
    deadLettered: sum(({ totals }) => totals.dead_lettered),
    whereabouts: {
      delivered: sum(({ totals }) => totals.delivered),
      waiting: sum(({ depth }) => depth.events),
      dead_letters: sum(({ dead_letters }) => dead_letters.events),
      purged: sum(({ totals }) => totals.purged),
      erased: sum(({ totals }) => totals.erased),
    },
  };
}

async function judgeStored(bucket: string, delivered: number, findings: Findings): Promise<number> {
  const { events, broken } = await readStored(bucket);
  for (const line of broken) findings.add("a stored line that Snowflake refuses", line.slice(0, 200));
  const stored = [...events.values()].reduce((all, count) => all + count, 0);
  findings.compare("delivered by the queues and stored", delivered, stored);
  findings.compare("stored, and stored once", stored, events.size);
  return stored;
}

async function judgeLog(file: string, secrets: Secrets, findings: Findings): Promise<number> {
  let lines = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    lines++;
    for (const problem of logProblems(line, secrets)) findings.add(`the log: ${problem}`, line.slice(0, 500));
  }
  return lines;
}

/** Each problem once, with an example. */
class Findings {
  readonly #found = new Map<string, Finding>();

  add(problem: string, example = ""): void {
    const known = this.#found.get(problem);
    if (known) known.count++;
    else this.#found.set(problem, { problem, example, count: 1 });
  }

  compare(what: string, left: number, right: number): void {
    if (left !== right) this.add(`${what} differ: ${left} and ${right}`);
  }

  list(): Finding[] {
    return [...this.#found.values()];
  }
}

function nameOf({ operation }: FuzzRequest): string {
  return `${operation.method} ${operation.path}`;
}

/** Enough to send it again. The key is named, not shown. */
function exampleOf(request: FuzzRequest, answer?: Answer): string {
  const { person, method, path, headers, body } = request;
  const shown = headers
    .filter(([, value]) => !value.includes(person.key ?? " "))
    .map((header) => header.join(": "));
  const sent = body === undefined ? "no body" : JSON.stringify(body.bytes.subarray(0, 600).toString());
  return [
    `${method} ${path.slice(0, 300)} by ${person.name}`,
    shown.join(" | ").slice(0, 400),
    sent,
    answer === undefined ? "" : `→ ${answer.status} ${answer.text.slice(0, 600)}`,
  ].join("\n    ");
}
