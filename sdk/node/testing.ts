import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerOptions } from "./index.ts";

/** A process that uses the SDK. */
export interface Child {
  process: ChildProcess;
  /** Resolves with the first line that it prints and that begins so, without the beginning. */
  said(beginning: string): Promise<string>;
  ended: Promise<Ending>;
}

/** How a process ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What it wrote to its standard error. */
  errors: string;
  /** When, by `performance.now()`. */
  at: number;
}

const SDK = new URL("index.ts", import.meta.url).href;
/** In the scope of every script. */
const PRELUDE = `
  import { existsSync } from "node:fs";
  import { createClient } from ${JSON.stringify(SDK)};
  const track = (client, from, to) => { for (let n = from; n <= to; n++) client.track("tick", { n }); };
  const until = (so, then) => so() ? then() : setTimeout(() => until(so, then), 10);
`;

const children = new Set<ChildProcess>();

/** Nothing is sent because it has waited: who waits for a timer waits for ever. */
const NEVER = { flushIntervalMs: 3_600_000 };

/** Runs a script of plain JavaScript that finds `createClient`, `options`, and the helpers of the prelude. */
export function run(options: Partial<ServerOptions>, script: string): Child {
  const all = { key: "key-of-a-test", appVersion: "1.4.0", ...NEVER, ...options };
  const code = `${PRELUDE} const options = ${JSON.stringify(all)}; ${script}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], { stdio: "pipe" });
  children.add(child);
  let [output, errors] = ["", ""];
  const listeners = new Set<() => void>();
  child.stderr.on("data", (data) => {
    errors += data;
  });
  child.stdout.on("data", (data) => {
    output += data;
    for (const listener of listeners) listener();
  });
  return {
    process: child,
    said: (beginning) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const line = output.split("\n").find((line) => line.startsWith(beginning));
          if (line !== undefined) resolve(line.slice(beginning.length));
        };
        listeners.add(check);
        check();
        child.once("close", () => reject(new Error(`It ended without saying "${beginning}": ${errors}`)));
      }),
    ended: new Promise((resolve) => {
      child.once("close", (code, signal) => {
        children.delete(child);
        resolve({ code, signal, errors, at: performance.now() });
      });
    }),
  };
}

/** Ends whatever process a failed test left. */
export function killChildren(): void {
  for (const child of children) child.kill("SIGKILL");
}

const directories = new Set<string>();

/** A path for a queue, in an empty directory of its own. */
export function makePath(): string {
  const directory = mkdtempSync(join(tmpdir(), "playtrail-test-"));
  directories.add(directory);
  return join(directory, "queue.json");
}

/** Removes the directories that {@link makePath} made. */
export function removePaths(): void {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}
