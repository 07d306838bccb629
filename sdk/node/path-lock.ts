import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { uptime } from "node:os";
import { basename, dirname, join } from "node:path";

/** How often a lock is touched that is held, in milliseconds. */
const TOUCH_INTERVAL_MS = 20_000;
/** One that was not touched for so long is nobody's, where nothing better tells. */
const ABANDONED_MS = 2 * 60_000;

interface Lock {
  file: string;
  pid: number;
  start: string;
}

/**
 * Takes `path` for this process until what is returned is called. The lock is an empty file whose name says whose it is,
 * `<path>.lock-<process id>-<start>`, and so made in one step: of two processes that start together each sees the other. The start is there
 * because ids come again: in a container, every time. Where no `procfs` tells when a process started, it is a random name, and a lock
 * belongs to who still touches it. Throws where a process that lives has it, be it this one; what one left that died is removed.
 */
export function lockPath(path: string, procfs = "/proc"): () => void {
  const own = `${path}.lock-${process.pid}-${startOf(process.pid, procfs) ?? crypto.randomUUID()}`;
  try {
    writeFileSync(own, "", { flag: "wx" });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EEXIST" ? taken(path, process.pid) : error;
  }
  for (const other of locksOf(path)) {
    if (other.file === own) continue;
    const held = isHeld(other, procfs);
    removeLock(held ? own : other.file);
    if (held) throw taken(path, other.pid);
  }
  const timer = setInterval(touch, TOUCH_INTERVAL_MS, own);
  timer.unref();
  return () => {
    clearInterval(timer);
    removeLock(own);
  };
}

function locksOf(path: string): Lock[] {
  const prefix = `${basename(path)}.lock-`;
  return readdirSync(dirname(path)).flatMap((name) => {
    const [, pid, start] = name.startsWith(prefix)
      ? (/^(\d+)-(.+)$/.exec(name.slice(prefix.length)) ?? [])
      : [];
    return pid && start ? { file: join(dirname(path), name), pid: Number(pid), start } : [];
  });
}

/** One that cannot be removed is found to be nobody's by the next process. */
function removeLock(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {}
}

function isHeld({ file, pid, start }: Lock, procfs: string): boolean {
  if (!isAlive(pid)) return false;
  const known = startOf(pid, procfs);
  // Without it, whoever lives may have got the id of one that died.
  return known === null ? isTouched(file) : known === start;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's
  }
}

function touch(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {} // as gone as the directory
}

/** Whether a lock was touched lately, and since the machine started. */
function isTouched(file: string): boolean {
  const at = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (at === undefined) return false;
  // Either way: the clock may have been set back since.
  return Math.abs(Date.now() - at) < Math.min(ABANDONED_MS, uptime() * 1_000);
}

/** When a process started, in ticks since the machine did: field 22 of proc_pid_stat(5). `null` where only Linux would say. */
function startOf(pid: number, procfs: string): string | null {
  try {
    const stat = readFileSync(`${procfs}/${pid}/stat`, "utf8");
    // Its second field is a name in parentheses, which may hold any of both.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function taken(path: string, pid: number): Error {
  return new Error(
    `playtrail: process ${pid} keeps its queue in ${path}: give each client a path of its own`,
  );
}
