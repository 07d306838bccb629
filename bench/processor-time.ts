import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

/** Linux counts in ticks of 10 ms: `getconf CLK_TCK` says 100. */
const TICK_MS = 10;

/** The processor time that a process has taken so far: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function processorMs({ pid }: ChildProcess): number {
  // Behind the program's name, which stands in brackets: of all fields utime is the 14th, stime the 15th.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
