import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { Stack } from "../local/stack-file.ts";
import type { RecordType } from "../worker/events/line.ts";
import type { QueueStats } from "../worker/queue/stats.ts";

const START = join(import.meta.dirname, "..", "local", "start.ts");
const READY_WITHIN_MS = 60_000;

/** A delivered line. */
export type Line = Record<string, unknown>;

/** `npm start`, run for a test. */
export interface RunningStack extends Stack {
  process: ChildProcess;
  data: string;
}

export const newData = () => mkdtemp(join(tmpdir(), "playtrail-system-"));

/** Starts the stack on free ports and waits until it says that it is ready. */
export async function startStack(data: string, players: number, port = "0"): Promise<RunningStack> {
  const ports = ["--port", port, "--firehose-port", "0", "--game-port", "0"];
  const args = [...ports, "--data", data, "--players", `${players}`];
  const child = spawn(process.execPath, [START, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const stack = await until("the stack is ready", async () => {
    if (child.exitCode !== null) throw new Error(`the stack ended with ${child.exitCode}:\n${output}`);
    return output.includes("Playtrail is running") ? readJson<Stack>(join(data, "stack.json")) : undefined;
  });
  return { ...stack, process: child, data };
}

/** Ctrl-C. Resolves to the exit code. */
export async function stopStack({ process: child }: RunningStack): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  child.kill("SIGINT");
  await once(child, "exit");
  return child.exitCode;
}

/** Power loss: nothing of it gets to tidy up. */
export async function killStack({ process: child }: RunningStack): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

export async function discard({ data }: { data: string }): Promise<void> {
  await rm(data, { recursive: true, force: true });
}

/** Asks again and again until there is an answer. Rejects, naming `what`, where there is none within a minute. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(100);
  }
  throw new Error(`within ${READY_WITHIN_MS / 1_000} s it did not come about that ${what}`);
}

/** Every line of a kind in every object under the stack's `s3`, as a reader of the bucket sees them. */
export async function deliveredLines({ s3 }: Stack, kind: RecordType = "event"): Promise<Line[]> {
  const entries = await readdir(s3, { recursive: true, withFileTypes: true }).catch(() => []);
  const objects = entries.filter((entry) => entry.isFile() && /^[^.].*\.gz$/.test(entry.name));
  const texts = objects.map(async (object) =>
    gunzipSync(await readFile(join(object.parentPath, object.name))).toString(),
  );
  const lines = (await Promise.all(texts)).flatMap((text) => text.split("\n"));
  return lines
    .filter((line) => line !== "")
    .map((line): Line => JSON.parse(line))
    .filter(({ record_type }) => record_type === kind);
}

/** Delivers what waits: queue to Firehose, Firehose to objects. */
export async function flushAll({ url, firehose, game, keys }: Stack): Promise<QueueStats> {
  const headers = { Authorization: `Bearer ${keys.admin}` };
  const response = await fetch(`${url}/v1/games/${game}/queue/flush`, { method: "POST", headers });
  if (!response.ok) throw new Error(`flush answered ${response.status}: ${await response.text()}`);
  await fetch(`${firehose}/__flush`, { method: "POST" });
  return (await response.json()) as QueueStats;
}

export async function queueStats({ url, game, keys }: Stack): Promise<QueueStats> {
  const headers = { Authorization: `Bearer ${keys.read}` };
  const response = await fetch(`${url}/v1/games/${game}/queue`, { headers });
  return (await response.json()) as QueueStats;
}

/** Posts events as curl would. */
export async function post({ url, keys }: Stack, body: unknown): Promise<Response> {
  return fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { Authorization: `Bearer ${keys.write}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function readJson<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}
