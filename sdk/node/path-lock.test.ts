import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { uptime } from "node:os";
import { basename, dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { lockPath } from "./path-lock.ts";
import { makePath, removePaths } from "./testing.ts";

vi.mock("node:os", { spy: true });

let path: string;

beforeEach(() => {
  path = makePath();
});
afterEach(() => {
  vi.useRealTimers();
  vi.mocked(uptime).mockReset();
});
afterAll(removePaths);

/** A lock that somebody left, touched so many seconds ago. */
function leave(pid: number, start: string, secondsAgo = 0): void {
  const file = `${path}.lock-${pid}-${start}`;
  writeFileSync(file, "");
  const at = new Date(Date.now() - secondsAgo * 1_000);
  utimesSync(file, at, at);
}

function locks(): string[] {
  const prefix = `${basename(path)}.lock-`;
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix));
  return names.map((name) => name.slice(prefix.length));
}

/** The module as another bundle of the same process has it. */
async function anotherCopy(): Promise<typeof import("./path-lock.ts")> {
  vi.resetModules();
  return import("./path-lock.ts");
}

const refusal = (pid: number) =>
  `process ${pid} keeps its queue in ${path}: give each client a path of its own`;

describe("where the system tells when a process started", () => {
  /** Has started at that tick, by a `/proc` of its own. */
  function startedAt(pid: number, tick: number): string {
    const procfs = join(dirname(path), "proc");
    mkdirSync(join(procfs, String(pid)), { recursive: true });
    const before = Array(19).fill(0).join(" ");
    writeFileSync(join(procfs, String(pid), "stat"), `${pid} (a) game) ${before} ${tick} 0`);
    return procfs;
  }

  test("a path is free though the process of before had the id of this one and has just died, as in a container", () => {
    leave(process.pid, "100");
    const unlock = lockPath(path, startedAt(process.pid, 200));
    expect(locks()).toEqual([`${process.pid}-200`]);
    unlock();
    expect(locks()).toEqual([]);
  });

  test("a path is held by the process that started then, however long it did not touch it", () => {
    leave(process.ppid, "100", 3_600);
    const procfs = startedAt(process.ppid, 100);
    expect(() => lockPath(path, procfs)).toThrow(refusal(process.ppid));
    expect(locks()).toEqual([`${process.ppid}-100`]);
  });

  test.runIf(existsSync("/proc/self/stat"))(
    "a path is refused to another thread of the process",
    async () => {
      const unlock = lockPath(path);
      const module = JSON.stringify(new URL("path-lock.ts", import.meta.url).href);
      const code = `import(${module}).then(({ lockPath }) => lockPath(${JSON.stringify(path)}))`;
      const worker = new Worker(code, { eval: true });
      const error = await new Promise((resolve) => worker.once("error", resolve));
      expect(error).toMatchObject({ message: `playtrail: ${refusal(process.pid)}` });
      unlock();
    },
  );
});

describe("where the system does not tell when a process started", () => {
  const NOWHERE = "/nowhere";

  test("a path is held by a process that lives and touched its lock within two minutes", () => {
    leave(process.ppid, "a-random-name", 110);
    expect(() => lockPath(path, NOWHERE)).toThrow(refusal(process.ppid));
    expect(locks()).toEqual([`${process.ppid}-a-random-name`]);
  });

  test.each([130, -130])(
    "a path is free whose lock was touched %i seconds ago, though its id lives",
    (ago) => {
      leave(process.ppid, "a-random-name", ago);
      leave(process.pid, "another-random-name", ago);
      lockPath(path, NOWHERE)();
      expect(locks()).toEqual([]);
    },
  );

  test("a path is free whose lock was touched before the machine started", () => {
    leave(process.ppid, "a-random-name", 40);
    vi.mocked(uptime).mockReturnValue(30);
    lockPath(path, NOWHERE)();
    expect(locks()).toEqual([]);
  });

  test("a path stays held as long as its process touches it, and is free at once when that lets go", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
    const unlock = lockPath(path, NOWHERE);
    vi.advanceTimersByTime(3_600_000);
    expect(() => lockPath(path, NOWHERE)).toThrow(refusal(process.pid));
    unlock();
    expect(vi.getTimerCount()).toBe(0);
    lockPath(path, NOWHERE)();
    expect(locks()).toEqual([]);
  });

  test("a path is refused to another copy of this module in the same process", async () => {
    const unlock = lockPath(path, NOWHERE);
    const { lockPath: lockOfCopy } = await anotherCopy();
    expect(lockOfCopy).not.toBe(lockPath);
    expect(() => lockOfCopy(path, NOWHERE)).toThrow(refusal(process.pid));
    unlock();
    lockOfCopy(path, NOWHERE)();
  });
});
