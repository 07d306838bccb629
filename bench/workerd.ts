import type { ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { build } from "esbuild";
import { makeDirectory, removeDirectory, retireProcess, startProcess, stopProcess } from "./scratch.ts";

/** A Worker as workerd needs it. */
export interface WorkerOptions {
  /** Its source: bundled as `wrangler deploy` would. */
  entry: string;
  compatibilityDate: string;
  /** Its variables and secrets. */
  vars: Record<string, string>;
  /** Its Durable Objects, all of them backed by SQLite: binding name → class name. */
  objects: Record<string, string>;
  /** Where on 127.0.0.1 it listens; absent: on any free port. */
  port?: number;
  /** The file that what it logs is added to; absent: nowhere. */
  log?: string;
}

/** A Worker that answers at `url`. */
export interface RunningWorker {
  url: string;
  /** The process that runs it now. */
  process(): ChildProcess;
  /** Ends it with SIGKILL, as a crash does. What it stored stays. */
  kill(): Promise<void>;
  /** Ends it with SIGTERM, as a supervisor does: it answers what is under way first. Resolves when it is gone. */
  retire(): Promise<void>;
  /** Starts it again after `kill` or `retire`, at the same address and on what it had stored, with other variables where they are given. */
  restart(vars?: Record<string, string>): Promise<void>;
  /** Ends it and removes what it stored. */
  stop(): Promise<void>;
}

const WORKERD_PACKAGE = createRequire(import.meta.url).resolve("workerd/package.json");
const WORKERD = join(dirname(WORKERD_PACKAGE), "bin", "workerd");

/** The version of the runtime that is measured. */
export function workerdVersion(): string {
  return JSON.parse(readFileSync(WORKERD_PACKAGE, "utf8")).version;
}

/** Starts a Worker in bare workerd: the runtime of production, with no development tool before it. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const directory = makeDirectory();
  mkdirSync(join(directory, "state"));
  await bundle(options.entry, join(directory, "worker.mjs"));
  let { child, port } = await serve(options, directory);
  return {
    url: `http://127.0.0.1:${port}`,
    process: () => child,
    kill: () => stopProcess(child),
    retire: () => retireProcess(child),
    async restart(vars = options.vars) {
      ({ child, port } = await serve({ ...options, vars, port }, directory));
    },
    async stop() {
      await stopProcess(child);
      removeDirectory(directory);
    },
  };
}

/** Runs what {@link startWorker} laid out in `directory`, and resolves once it listens. */
async function serve(
  options: WorkerOptions,
  directory: string,
): Promise<{ child: ChildProcess; port: number }> {
  const config = join(directory, "config.capnp");
  writeFileSync(config, describe(options, join(directory, "state")));

  // Where what the Worker logs goes nowhere, it is written yet: its cost stays in the measurement.
  const errors = options.log ?? join(directory, "errors.txt");
  const errorsFd = openSync(errors, options.log === undefined ? "w" : "a");
  const child = startProcess(
    WORKERD,
    ["serve", "--control-fd=3", config],
    ["ignore", options.log === undefined ? "ignore" : errorsFd, errorsFd, "pipe"],
  );
  closeSync(errorsFd);
  const port = await listeningPort(child).catch(() => {
    throw new Error(`workerd did not start ${options.entry}:\n${readFileSync(errors, "utf8")}`);
  });
  return { child, port };
}

/** The options are those of `wrangler deploy`, without running the project's build of the browser SDK. */
async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    keepNames: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    define: { "process.env.NODE_ENV": '"production"' },
    external: ["cloudflare:*", "node:*"],
    loader: { ".html": "text", ".txt": "text" },
    logLevel: "error",
  });
}

/** workerd's configuration, as `workerd.capnp` in its package defines it. */
function describe(
  { vars, objects, compatibilityDate, port = 0 }: WorkerOptions,
  stateDirectory: string,
): string {
  const namespaces = Object.values(objects).map(
    (className) => `(className = ${quote(className)}, uniqueKey = ${quote(className)}, enableSql = true)`,
  );
  const bindings = [
    ...Object.entries(vars).map(([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`),
    ...Object.entries(objects).map(
      ([name, className]) => `(name = ${quote(name)}, durableObjectNamespace = ${quote(className)})`,
    ),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "state", disk = (path = ${quote(stateDirectory)}, writable = true)),
    # The Firehose stand-in is on this machine, which workerd refuses to call by default.
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = ${quote(compatibilityDate)},
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "state"),
  bindings = [${bindings.join(", ")}],
);
`;
}

/** Cap'n Proto's text strings take the escapes that JSON writes. */
function quote(text: string): string {
  return JSON.stringify(text);
}

/** workerd reports the port that it was given on its control pipe: `{"event":"listen","socket":"http","port":41233}`. */
function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("exit", reject);
    const lines = createInterface({ input: child.stdio[3] as Readable });
    lines.on("line", (line) => {
      const { event, port } = JSON.parse(line);
      if (event === "listen") resolve(port);
    });
  });
}
