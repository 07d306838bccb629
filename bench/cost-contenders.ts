import { randomUUID } from "node:crypto";
import { mintKey } from "../worker/auth/keys.ts";
import { billedBytes } from "../worker/firehose/limits.ts";
import { GAME, makeBatch } from "./events.ts";
import type { Meter } from "./meter.ts";
import { fromRepository, playtrail } from "./playtrail.ts";
import { processorMs } from "./processor-time.ts";
import { type RunningWorker, startWorker } from "./workerd.ts";

/** What a collector has used since it was started. */
export interface Counts extends Meter {
  cpuMs: number;
  /** Events that are not delivered yet, and that are. */
  waiting: number;
  delivered: number;
  firehoseBytes: number;
}

/** A collector that is ready for requests. */
export interface Contender {
  worker: RunningWorker;
  /** Where events go. */
  eventsUrl: string;
  /** What sends them; absent where the contender asks for none. */
  writeKey?: string;
}

/** A collector whose use of what is billed can be read. */
export interface CountedContender extends Contender {
  count(): Promise<Counts>;
}

/** (b) of `npm run bench`, for its latency. */
export async function startFloor(): Promise<Contender> {
  const { compatibilityDate } = playtrail({});
  const entry = fromRepository("bench/workers/floor.ts");
  const worker = await startWorker({ entry, compatibilityDate, vars: {}, objects: { FLOOR: "Floor" } });
  return { worker, eventsUrl: worker.url };
}

/** The Worker that is deployed, metered; `vars` win over those of `wrangler.toml`. */
export async function startPlaytrail(
  firehoseEndpoint: string,
  vars: Record<string, string> = {},
): Promise<CountedContender> {
  const secret = randomUUID();
  const settings = {
    FIREHOSE_ENDPOINT: firehoseEndpoint,
    KEY_SECRETS: secret,
    AWS_ACCESS_KEY_ID: "AKIABENCH",
    AWS_SECRET_ACCESS_KEY: "bench",
    ...vars,
  };
  const worker = await startWorker(playtrail(settings, "bench/workers/metered.ts"));
  const authorization = `Bearer ${await mintKey({ game: GAME, role: "read" }, secret)}`;
  return {
    worker,
    eventsUrl: `${worker.url}/v1/events`,
    writeKey: await mintKey({ game: GAME, role: "write" }, secret),
    async count() {
      const { depth, totals } = await readJson<QueueStats>(`${worker.url}/v1/games/${GAME}/queue`, {
        authorization,
      });
      return {
        ...(await readMeter(worker)),
        waiting: depth.events,
        delivered: totals.delivered,
        firehoseBytes: totals.firehose_billed_bytes,
      };
    },
  };
}

/** The part of a queue's stats that is read here; the whole is in docs. */
interface QueueStats {
  depth: { events: number };
  totals: { delivered: number; firehose_billed_bytes: number };
}

/** The naive design, metered. */
export async function startNaive(firehoseEndpoint: string): Promise<CountedContender> {
  const { compatibilityDate } = playtrail({});
  const worker = await startWorker({
    entry: fromRepository("bench/workers/naive.ts"),
    compatibilityDate,
    vars: { FIREHOSE_ENDPOINT: firehoseEndpoint },
    objects: { NAIVE: "Naive" },
  });
  const recordBytes = billedBytes(makeBatch(1).bytes.byteLength);
  return {
    worker,
    eventsUrl: worker.url,
    async count() {
      const { waiting, delivered } = await readJson<NaiveStats>(`${worker.url}/stats`);
      return {
        ...(await readMeter(worker)),
        waiting,
        delivered,
        firehoseBytes: delivered * recordBytes,
      };
    },
  };
}

type NaiveStats = Pick<Counts, "waiting" | "delivered">;

async function readMeter(worker: RunningWorker): Promise<Meter & Pick<Counts, "cpuMs">> {
  return {
    ...(await readJson<Meter>(`${worker.url}/__meter`)),
    cpuMs: processorMs(worker.process()),
  };
}

async function readJson<Body>(url: string, headers: Record<string, string> = {}): Promise<Body> {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Body;
}
