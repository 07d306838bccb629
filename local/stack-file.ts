import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Role } from "../worker/auth/keys.ts";
import { writePrivateFile } from "./private-file.ts";

/** What `<data>/stack.json` says of a running stack, for people and for programs. It is there while the stack is ready. */
export interface Stack {
  /** The collector. */
  url: string;
  /** The Firehose stand-in: its endpoint and its controls. */
  firehose: string;
  /** The directory of delivered objects. */
  s3: string;
  /** The warehouse: a DuckDB database, which one process at a time can open. */
  warehouse: string;
  game: string;
  /** The page of the example game, which reports to the collector as `game`. */
  game_url: string;
  /** A key of each role for `game`. */
  keys: Record<Role, string>;
}

export async function writeStackFile(data: string, stack: Stack): Promise<void> {
  await writePrivateFile(stackFile(data), `${JSON.stringify(stack, null, 2)}\n`);
}

export async function removeStackFile(data: string): Promise<void> {
  await rm(stackFile(data), { force: true });
}

/** Throws where another stack is at work on `data`: two would overwrite each other's state. */
export async function refuseSecondStack(data: string): Promise<void> {
  const text = await readFile(stackFile(data), "utf8").catch(() => undefined);
  if (text === undefined) return;
  const { firehose }: Stack = JSON.parse(text);
  const other = await fetch(`${firehose}/__stats`, { signal: AbortSignal.timeout(2_000) }).catch(
    () => undefined,
  );
  if (other?.ok) {
    throw new Error(
      `${data} is in use by a running stack (its Firehose is ${firehose}): stop it, or pass --data`,
    );
  }
}

export function stackFile(data: string): string {
  return join(data, "stack.json");
}
