import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writePrivateFile } from "./private-file.ts";

const ROOT = join(import.meta.dirname, "..");
const WRANGLER = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");
const GUARD = join(import.meta.dirname, "worker-process.ts");

const READY_WITHIN_MS = 60_000;
const HEALTH_PAUSE_MS = 200;
const HEALTH_TIMEOUT_MS = 2_000;
const STOP_WITHIN_MS = 10_000;
const LOG_LINES_SHOWN = 30;

export interface WorkerOptions {
  /** A free port on 127.0.0.1. */
  port: number;
  /** The directory for the Worker's state, its settings and its log. */
  data: string;
  /** Vars and secrets, by their names in `wrangler.toml`. */
  settings: Record<string, string>;
}

/** The collector under `wrangler dev`. */
export interface Worker {
  url: string;
  /** What it prints. */
  log: string;
  /** Resolves once it answers `GET /health`. Rejects where it has not within 60 s, where it died, or when `signal` is aborted. */
  ready(signal: AbortSignal): Promise<void>;
  /** Runs what is due at `cron`, which `wrangler dev` does not do by itself. Rejects where it fails. */
  runCron(cron: string): Promise<void>;
  /** Resolves when it has ended, for whatever reason. */
  ended: Promise<void>;
  /** Ends it and all of its descendants. */
  stop(): Promise<void>;
}

/** Starts the collector. Settings reach it by a file that only its owner may read, never by the command line. */
export async function startWorker({ port, data, settings }: WorkerOptions): Promise<Worker> {
  const settingsFile = join(data, "worker.env");
  const lines = Object.entries(settings).map(([name, value]) => `${name}="${value}"\n`);
  await writePrivateFile(settingsFile, lines.join(""));

  const log = join(data, "worker.log");
  const output = await open(log, "w", 0o600);
  // Any port for the debugger: wrangler's own search from 9229 gives two stacks that start at once the same, and one dies of it.
  const ports = ["--port", `${port}`, "--inspector-port", "0"];
  const where = ["--ip", "127.0.0.1", ...ports, "--persist-to", join(data, "worker")];
  const child = spawn(process.execPath, [GUARD, WRANGLER, "dev", ...where, "--env-file", settingsFile], {
    cwd: ROOT,
    env: environment(data, settings),
    detached: true,
    stdio: ["ignore", output.fd, output.fd, "ipc"],
  });
  await output.close();

  const url = `http://127.0.0.1:${port}`;
  const ended = once(child, "exit").then(() => undefined);
  return {
    url,
    log,
    ended,
    ready: (signal) => waitUntilReady(child, url, log, signal),
    runCron: (cron) => runCron(url, cron),
    stop: () => stopGroup(child, ended),
  };
}

/** The shell's environment, except that its own AWS_… and the like would win over the settings file. */
function environment(data: string, settings: Record<string, string>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !(name in settings));
  return {
    ...Object.fromEntries(inherited),
    CI: "1",
    NO_COLOR: "1",
    CLOUDFLARE_CF_FETCH_ENABLED: "false", // request.cf has a placeholder then; else wrangler asks a server of Cloudflare's
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_WRITE_LOGS: "false",
    WRANGLER_REGISTRY_PATH: join(data, "registry"),
  };
}

async function waitUntilReady(
  child: ChildProcess,
  url: string,
  log: string,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!hasEnded(child) && Date.now() < deadline) {
    if (await isHealthy(url)) return;
    await sleep(HEALTH_PAUSE_MS, undefined, { signal });
  }
  const problem = hasEnded(child)
    ? "the collector ended before it was ready"
    : `the collector did not answer GET ${url}/health with 200 within ${READY_WITHIN_MS / 1000} s`;
  throw new Error(`${problem}\n${await lastLines(log)}`);
}

/** https://developers.cloudflare.com/workers/configuration/cron-triggers/#test-cron-triggers-locally */
async function runCron(url: string, cron: string): Promise<void> {
  const query = new URLSearchParams({ cron });
  const answer = await fetch(`${url}/cdn-cgi/local/scheduled?${query}`);
  const outcome = await answer.text();
  if (!answer.ok || outcome !== "ok")
    throw new Error(`the cron ${cron} ended with ${answer.status} ${outcome}`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function isHealthy(url: string): Promise<boolean> {
  const timeout = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
  const answer = await fetch(`${url}/health`, { signal: timeout }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}

/** What the collector printed last, to go with an error. */
export async function lastLines(log: string): Promise<string> {
  const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
  return [`${log} ends with:`, ...lines.slice(-LOG_LINES_SHOWN).map((line) => `  ${line}`)].join("\n");
}

async function stopGroup(child: ChildProcess, ended: Promise<void>): Promise<void> {
  signalGroup(child, "SIGTERM");
  await Promise.race([ended, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
  signalGroup(child, "SIGKILL"); // whatever outlived wrangler
  await ended;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // ESRCH: all of it has ended
  }
}
