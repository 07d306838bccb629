import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Stands for when this process started where nobody tells. */
const NO_START = crypto.randomUUID();

/**
 * Takes `path` for this process until what is returned is called. The lock is an empty file whose name says whose it is,
 * `<path>.lock-<process id>-<start>`, and so made in one step: of two processes that start together each sees the other. The start is there
 * because ids come again: in a container, every time. Throws where a process that lives has it; what one left that died is removed.
 */
export function lockPath(path: string): () => void {
  const lock = `${path}.lock-${process.pid}-${startOf(process.pid) ?? NO_START}`;
  try {
    writeFileSync(lock, "", { flag: "wx" });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EEXIST" ? taken(path, process.pid) : error;
  }
  for (const other of locksOf(path)) {
    if (other.file === lock) continue;
    const held = isHeld(other);
    removeLock(held ? lock : other.file);
    if (held) throw taken(path, other.pid);
  }
  return () => removeLock(lock);
}

interface Lock {
  file: string;
  pid: number;
  start: string;
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

function isHeld({ pid, start }: Lock): boolean {
  return pid !== process.pid && isAlive(pid) && [start, null].includes(startOf(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's
  }
}

/** When a process started, in ticks since the machine did: field 22 of proc_pid_stat(5). `null` where only Linux would say. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
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
