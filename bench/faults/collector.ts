import { readFileSync } from "node:fs";
import { mintKey, type Role } from "../../worker/auth/keys.ts";
import type { QueueStats } from "../../worker/queue/stats.ts";
import { playtrail } from "../playtrail.ts";
import { quietPort } from "../scratch.ts";
import { startWorker } from "../workerd.ts";
import { CREDENTIALS, REGION, STREAM } from "./stand-in.ts";
import { count } from "./tally.ts";
import { until } from "./wait.ts";

/** The game that drills are played with. */
export const GAME = "drill_game";

const SECRET = "the-secret-that-signs-the-keys-of-the-drills";

/** Settings by the names that `wrangler.toml` gives them. */
export type Settings = Record<string, string>;

/** The part of `GET …/dead-letters` that is read. */
interface DeadLetterPage {
  dead_letters: { line: { record_type: string; event_id: string } }[];
  /** What to pass as `after` for the next page. */
  next: string | null;
}

/** A collector as its clients and its operator see it. */
export interface Collector {
  url: string;
  writeKey: string;
  stats(): Promise<QueueStats>;
  /** An operator's "deliver now". */
  flush(): Promise<void>;
  /** How often each event is found among the dead letters. */
  deadLetters(): Promise<Map<string, number>>;
}

/** A collector in a workerd of its own, which can be made to crash. */
export interface CrashableCollector extends Collector {
  /** SIGKILL, at once: resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM: resolves when it has answered what was under way, and is gone. */
  retire(): Promise<void>;
  /** Starts it again on what it had stored, with these settings changed. */
  restart(changes?: Settings): Promise<void>;
  /** The most memory that the process has held since it was started last. */
  peakMebibytes(): number;
  stop(): Promise<void>;
}

/** What every drill sets: short waits, and a pace that only a drill about it should feel. */
export function settingsOf(firehoseUrl: string, own: Settings): Settings {
  return {
    FIREHOSE_ENDPOINT: firehoseUrl,
    FIREHOSE_STREAM: STREAM,
    AWS_REGION: REGION,
    FIREHOSE_MIB_PER_S: "1000",
    FLUSH_INTERVAL_MS: "200",
    ...own,
  };
}

/** What a collector must be told in secret. */
export const SECRETS: Settings = {
  KEY_SECRETS: SECRET,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};

/** Starts the production bundle in bare workerd; `entry` is what a drill has wrapped around it. */
export async function startCollector(settings: Settings, entry?: string): Promise<CrashableCollector> {
  let { vars, ...options } = playtrail({ ...settings, ...SECRETS }, entry);
  const worker = await startWorker({ ...options, vars, port: await quietPort() });
  return {
    ...(await operate(worker.url)),
    kill: worker.kill,
    retire: worker.retire,
    restart(changes) {
      vars = { ...vars, ...changes };
      return worker.restart(vars);
    },
    peakMebibytes: () => peakMebibytes(worker.process().pid),
    stop: worker.stop,
  };
}

/** The calls of an operator. */
export async function operate(url: string): Promise<Collector> {
  const [writeKey, adminKey] = await Promise.all([key("write"), key("admin")]);
  const game = `${url}/v1/games/${GAME}`;

  async function ask<Answer>(path: string, method: "GET" | "POST" = "GET"): Promise<Answer> {
    const response = await fetch(game + path, { method, headers: { Authorization: `Bearer ${adminKey}` } });
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  return {
    url,
    writeKey,
    stats: () => ask("/queue"),
    flush: () => ask("/queue/flush", "POST"),
    async deadLetters() {
      const ids: string[] = [];
      for (let after = ""; ; ) {
        const { dead_letters, next } = await ask<DeadLetterPage>(`/dead-letters?limit=200${after}`);
        for (const { line } of dead_letters) if (line.record_type === "event") ids.push(line.event_id);
        if (next === null) return count(ids);
        after = `&after=${next}`;
      }
    },
  };
}

function key(role: Role): Promise<string> {
  return mintKey({ game: GAME, role }, SECRET);
}

/** Waits until nothing waits any more in any queue of the game. Resolves to how long that took, in milliseconds. */
export async function drain({ stats }: Collector): Promise<number> {
  const start = performance.now();
  try {
    await until("the queue is drained", async () => (await stats()).depth.events === 0);
  } catch (error) {
    const { at, depth, delivery } = await stats();
    throw new Error(`at ${at}: ${JSON.stringify({ depth, delivery })}`, { cause: error });
  }
  return performance.now() - start;
}

/** Linux keeps the record: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function peakMebibytes(pid: number | undefined): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) / 1024;
}
