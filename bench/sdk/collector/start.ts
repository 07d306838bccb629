import { fileURLToPath } from "node:url";
import { nextMessage, startProcess, stopProcess } from "../../scratch.ts";
import type { Fault } from "./faults.ts";
import type { Tally } from "./tally.ts";

/** A collector's stand-in that listens. */
export interface Collector {
  url: string;
  /** From now on it counts, and its fault begins. */
  start(): void;
  read(): Promise<Tally>;
  stop(): Promise<void>;
}

/** Starts a stand-in in a process of its own. */
export async function startCollector(fault: Fault): Promise<Collector> {
  const script = fileURLToPath(new URL("index.ts", import.meta.url));
  const args = [script, JSON.stringify(fault)];
  const child = startProcess(process.execPath, args, ["ignore", "inherit", "inherit", "ipc"]);
  const port = await nextMessage<number>(child);
  return {
    url: `http://127.0.0.1:${port}`,
    start: () => void child.send("start"),
    read() {
      const tally = nextMessage<Tally>(child);
      child.send("read");
      return tally;
    },
    stop: () => stopProcess(child),
  };
}
