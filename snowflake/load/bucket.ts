import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** A line as the collector delivers it, or one that it never would. */
export type Line = Record<string, unknown> | string;

/** A directory of objects, as Firehose would have left them. */
export interface Bucket extends Disposable {
  directory: string;
  /** Adds an object with these lines. */
  put(lines: readonly Line[]): void;
}

/** An empty bucket, gone at the end of its block. */
export function createBucket(): Bucket {
  const directory = mkdtempSync(join(tmpdir(), "playtrail-bucket-"));
  let objects = 0;
  return {
    directory,
    put(lines) {
      const hour = join(directory, "2026", "11", "21", "12");
      mkdirSync(hour, { recursive: true });
      const texts = lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`);
      const name = `playtrail-events-1-${String(++objects).padStart(6, "0")}.gz`;
      writeFileSync(join(hour, name), gzipSync(texts.join("")));
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}
