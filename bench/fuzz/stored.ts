import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { wellFormed } from "../../worker/ingest/well-formed.ts";

const unzip = promisify(gunzip);

/** What lies in the bucket. */
export interface Stored {
  /** How often each event is there, by its game and its id. */
  events: ReadonlyMap<string, number>;
  /** Lines that are no JSON object, or that Snowflake refuses: with a name twice, or half a surrogate pair. */
  broken: string[];
}

/** Reads every line of every object under a directory. */
export async function readStored(directory: string): Promise<Stored> {
  const events = new Map<string, number>();
  const broken: string[] = [];
  const files = await readdir(directory, { recursive: true }).catch(() => []);
  for (const file of files.filter((name) => name.endsWith(".gz"))) {
    const text = (await unzip(await readFile(join(directory, file)))).toString();
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const fields = fieldsOf(line);
      const { record_type, game_id, event_id } = fields;
      // A name that is there twice is there once in what was read and is written again.
      const isPlain = JSON.stringify(fields) === line && wellFormed(line) === line;
      if (record_type === undefined || !isPlain) broken.push(line);
      if (record_type !== "event") continue;
      const name = `${game_id}/${event_id}`;
      events.set(name, (events.get(name) ?? 0) + 1);
    }
  }
  return { events, broken };
}

function fieldsOf(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}
