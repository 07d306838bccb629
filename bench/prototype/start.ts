import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { nextMessage, quietPort, startProcess, stopProcess } from "../scratch.ts";
import type { FirehoseTarget, PrototypeSettings, PrototypeStats } from "./settings.ts";

/** The prototype in a process of its own, which can be made to crash. */
export interface RunningPrototype {
  /** Where events go. */
  eventsUrl: string;
  /** What sends them. */
  writeKey: string;
  /** What the process that runs now says of itself. */
  stats(): Promise<PrototypeStats>;
  /** SIGKILL, at once: resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const SERVER = fileURLToPath(new URL("server.ts", import.meta.url));

/** Starts the prototype, which delivers to this Firehose. */
export async function startPrototype(firehose: FirehoseTarget): Promise<RunningPrototype> {
  const settings: PrototypeSettings = { port: await quietPort(), apiKey: randomUUID(), firehose };
  const url = `http://127.0.0.1:${settings.port}`;
  let child = await serve(settings);
  return {
    eventsUrl: url,
    writeKey: settings.apiKey,
    async stats() {
      const response = await fetch(`${url}/stats`);
      return (await response.json()) as PrototypeStats;
    },
    kill: () => stopProcess(child),
    async restart() {
      child = await serve(settings);
    },
    stop: () => stopProcess(child),
  };
}

async function serve(settings: PrototypeSettings): Promise<ChildProcess> {
  const args = [SERVER, JSON.stringify(settings)];
  const child = startProcess(process.execPath, args, ["ignore", "inherit", "inherit", "ipc"]);
  await nextMessage(child);
  return child;
}
