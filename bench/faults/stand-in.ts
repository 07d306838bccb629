import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Fault } from "../../local/firehose/faults.ts";
import { createFirehose } from "../../local/firehose/server.ts";
import { makeDirectory, removeDirectory } from "../scratch.ts";

export const STREAM = "playtrail-drills";
export const REGION = "us-east-1";
export const CREDENTIALS = { accessKeyId: "AKIADRILL", secretAccessKey: "a-secret-of-the-drills" };

const unzip = promisify(gunzip);
const EVENT = '"record_type":"event"';
const ID_FIELD = '"event_id":"';
const ID_LENGTH = 36;
const NEWLINE = 0x0a;

/** The laptop's Firehose, in this process, with its faults in the drill's hand. */
export interface StandIn {
  url: string;
  /** Sets the fault in force; resolves when it is. */
  fail(fault: Partial<Fault> & Pick<Fault, "mode">): Promise<void>;
  heal(): Promise<void>;
  /** Has the next call answered, and `act` run just before it is stored. */
  onNextCall(act: () => void): Promise<void>;
  /** How many calls it has stored something of. */
  calls(): number;
  /** Reads the objects that were written since it was last asked: the ids of their events, as often as they occur. */
  collect(): Promise<string[]>;
  /** How often each event was found in all that was collected. */
  delivered: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Starts a stand-in that keeps its objects in memory. */
export async function startStandIn(): Promise<StandIn> {
  const data = makeDirectory();
  let act = () => {};
  // The stand-in draws a number for each call that a fault may meet: that moment is the drill's, too.
  const random = () => {
    act();
    act = () => {};
    return Math.random();
  };
  const firehose = await createFirehose({
    port: 0,
    data,
    stream: STREAM,
    region: REGION,
    credentials: CREDENTIALS,
    random,
  });
  const delivered = new Map<string, number>();
  const read = new Set<string>();

  async function fail(fault: Partial<Fault>): Promise<void> {
    await control("/__faults", fault);
  }

  async function control(path: string, body: object): Promise<void> {
    const response = await fetch(firehose.url + path, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the stand-in refused ${JSON.stringify(body)}`);
    await response.body?.cancel();
  }

  async function collect(): Promise<string[]> {
    await control("/__flush", {});
    const entries = await readdir(join(data, "s3"), { recursive: true }).catch(() => []);
    const fresh = entries.filter((entry) => entry.endsWith(".gz") && !read.has(entry));
    const ids: string[] = [];
    for (const object of fresh) {
      read.add(object);
      for (const id of idsOf(await unzip(await readFile(join(data, "s3", object))))) {
        delivered.set(id, (delivered.get(id) ?? 0) + 1);
        ids.push(id);
      }
    }
    return ids;
  }

  return {
    url: firehose.url,
    fail,
    heal: () => fail({ mode: "none" }),
    onNextCall(next) {
      act = next;
      // A fault that never strikes: it is drawn for, and no number is below zero.
      return fail({ mode: "accept_then_drop", rate: 0 });
    },
    calls: () => firehose.stats().calls,
    collect,
    delivered,
    async close() {
      await firehose.close();
      removeDirectory(data);
    },
  };
}

/** The ids of NDJSON lines, without parsing them: a drill may read a million. */
export function* idsOf(lines: Buffer): Generator<string> {
  for (let start = 0; start < lines.byteLength; ) {
    const end = lines.indexOf(NEWLINE, start) + 1 || lines.byteLength;
    const line = lines.subarray(start, end);
    start = end;
    if (!line.includes(EVENT)) continue; // other records share the pipe
    const at = line.indexOf(ID_FIELD) + ID_FIELD.length;
    yield line.toString("latin1", at, at + ID_LENGTH);
  }
}
