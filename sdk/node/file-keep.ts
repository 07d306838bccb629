import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Keep } from "../core/keep.ts";

/** A queue in a file, which is one process's alone until it is released. */
export interface FileKeep extends Keep {
  release(): void;
}

/**
 * Keeps a queue in the file at `path`, always whole: each is written beside it and then takes its name. `<path>.lock` has the process's
 * id. Throws where another process that lives holds it.
 */
export function createFileKeep(path: string): FileKeep {
  const lock = `${path}.lock`;
  takeLock(lock);

  function saveQueue(snapshot: string | null): void {
    try {
      if (snapshot === null) rmSync(path, { force: true });
      else {
        writeFileSync(`${path}.new`, snapshot, { mode: 0o600 });
        renameSync(`${path}.new`, path);
      }
    } catch (error) {
      console.error(`playtrail: the queue could not be kept in ${path}`, error);
    }
  }

  return {
    readDevice: () => null,
    saveDevice() {},
    saveQueue,
    adopt(take) {
      const snapshot = read(path);
      if (snapshot !== null) take(snapshot);
    },
    erase: () => saveQueue(null),
    release: () => rmSync(lock, { force: true }),
  };
}

/** What a process left that died is free. So is our own id: in a container every start has the same one. */
function takeLock(lock: string): void {
  const pid = Number(read(lock));
  if (pid > 0 && pid !== process.pid && isAlive(pid)) {
    throw new Error(`playtrail: process ${pid} keeps its queue in that path (${lock}): give each its own`);
  }
  writeFileSync(lock, String(process.pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
