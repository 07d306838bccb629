import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Keep } from "../core/keep.ts";
import { lockPath } from "./path-lock.ts";

/** A queue in a file, which is one client's alone until it is released. */
export interface FileKeep extends Keep {
  /** What is kept stays; nothing more is written. */
  release(): void;
}

/**
 * Keeps a queue in the file at `path`, always whole: each is written to `<path>.new`, which then takes its name. Throws where another
 * client has it, and where no file can be read or written there.
 */
export function createFileKeep(givenPath: string): FileKeep {
  const path = resolve(givenPath); // wherever the process goes
  const unlock = openPath(path, () => lockPath(path));
  let left = openPath(path, () => read(path), unlock);
  let hasFile = left !== null;
  let isOurs = true;
  let isFailing = false;

  function saveQueue(snapshot: string | null): void {
    if (!isOurs || (snapshot === null && !hasFile)) return;
    try {
      if (snapshot === null) rmSync(path, { force: true });
      else write(path, snapshot);
      hasFile = snapshot !== null;
      isFailing = false;
    } catch (error) {
      // Said once, not four times a second.
      if (!isFailing) console.error(`playtrail: the queue could not be kept in ${path}`, error);
      isFailing = true;
    }
  }

  return {
    readDevice: () => null,
    saveDevice() {},
    saveQueue,
    adopt(take) {
      if (left && !take(left)) {
        setAside(path);
        hasFile = false;
      }
      left = null;
    },
    erase() {
      left = null;
      saveQueue(null);
    },
    release() {
      isOurs = false;
      unlock();
    },
  };
}

/** Runs what reaches for the path first: a mistake there is to show where the client is made. */
function openPath<Value>(path: string, open: () => Value, giveUp = () => {}): Value {
  try {
    return open();
  } catch (error) {
    giveUp();
    if (!isSystemError(error)) throw error;
    const must = `its directory ${dirname(path)} must exist, and this process be allowed to read and write there`;
    throw new Error(`playtrail: no queue can be kept in ${path}: ${must} (${error.message})`, {
      cause: error,
    });
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return null;
    throw error;
  }
}

function write(path: string, text: string): void {
  const file = `${path}.new`;
  rmSync(file, { force: true }); // one that is there already would keep its own mode
  writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  renameSync(file, path);
}

/** What is no queue may still be of use to somebody. */
function setAside(path: string): void {
  const aside = `${path}.corrupt-${new Date().toISOString().replaceAll(":", "-")}`;
  try {
    renameSync(path, aside);
    console.error(`playtrail: what was kept in ${path} is no queue; it is in ${aside} now`);
  } catch (error) {
    console.error(`playtrail: what was kept in ${path} is no queue`, error);
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
