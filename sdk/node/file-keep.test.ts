import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { type Collector, startCollector } from "../core/testing.ts";
import { createFileKeep } from "./file-keep.ts";
import { killChildren, makePath, removePaths, run } from "./testing.ts";

const collectors: Collector[] = [];

afterEach(() => vi.restoreAllMocks());
afterAll(() => {
  for (const collector of collectors) collector.close();
  killChildren();
  removePaths();
});

async function collect(): Promise<Collector> {
  const collector = await startCollector();
  collectors.push(collector);
  return collector;
}

/** The files of a queue, without the beginning that they share. */
function filesOf(path: string): string[] {
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
  return names.map((name) => name.slice(basename(path).length)).sort();
}

/** What a keep has to hand over. */
function adopted(path: string): string[] {
  const texts: string[] = [];
  const keep = createFileKeep(path);
  keep.adopt((text) => texts.push(text) > 0);
  keep.release();
  return texts;
}

/** A process that holds a path and lives on. */
async function holder(path: string) {
  const child = run(
    { url: "http://127.0.0.1:9", path },
    `createClient(options); setInterval(() => {}, 1_000); console.log("held");`,
  );
  await child.said("held");
  return child;
}

describe("a path", () => {
  test("is refused while another process has it, and free when that is gone", async () => {
    const path = makePath();
    const child = await holder(path);
    const message = `playtrail: process ${child.process.pid} keeps its queue in ${path}: give each client a path of its own`;
    expect(() => createFileKeep(path)).toThrow(new Error(message));
    expect(filesOf(path)).toEqual([expect.stringContaining(`.lock-${child.process.pid}-`)]);

    child.process.kill("SIGKILL");
    await child.ended;
    expect(filesOf(path)).toHaveLength(1); // it left its lock
    createFileKeep(path).release();
    expect(filesOf(path)).toEqual([]);
  });

  test("is refused to a second client of the same process, until the first is closed", () => {
    const path = makePath();
    const first = createFileKeep(path);
    expect(() => createFileKeep(path)).toThrow(`process ${process.pid} keeps its queue in ${path}`);
    first.release();
    createFileKeep(path).release();
  });

  test.runIf(existsSync("/proc/self/stat"))(
    "is not held by whoever has the id of a process that is gone, as in a container every start does",
    () => {
      const path = makePath();
      writeFileSync(`${path}.lock-${process.pid}-1`, "");
      writeFileSync(`${path}.lock-${process.ppid}-1`, "");
      createFileKeep(path).release();
      expect(filesOf(path)).toEqual([]);
    },
  );

  test("goes to one at most of several processes that start together", async () => {
    const path = makePath();
    const children = Array.from({ length: 5 }, () =>
      run(
        { url: "http://127.0.0.1:9", path },
        `process.stdin.once("data", () => {
          try { createClient(options); console.log("answer got"); } catch { console.log("answer refused"); }
        });
        console.log("ready");`,
      ),
    );
    await Promise.all(children.map((child) => child.said("ready")));
    for (const child of children) child.process.stdin?.write("\n");
    const answers = await Promise.all(children.map((child) => child.said("answer ")));
    expect(answers.filter((answer) => answer === "got").length).toBeLessThanOrEqual(1);
  });

  test("stays where it was when the process goes to another directory", async () => {
    const path = makePath();
    const child = run(
      { url: "http://127.0.0.1:9", path: basename(path) },
      `process.chdir(${JSON.stringify(dirname(path))});
      const client = createClient(options);
      process.chdir("/");
      track(client, 1, 1);
      process.exit();`,
    );
    expect(await child.ended).toMatchObject({ code: 0, errors: "" });
    expect(adopted(path)).toHaveLength(1);
  });

  test("in a directory that does not exist is a mistake that shows at once", () => {
    const path = join(dirname(makePath()), "missing", "queue.json");
    expect(() => createFileKeep(path)).toThrow(
      `playtrail: no queue can be kept in ${path}: its directory ${dirname(path)} must exist, and this process be allowed to read and write there (ENOENT`,
    );
  });

  test("in a directory that may not be written is one too", async () => {
    const path = makePath();
    mkdirSync(`${path}.d`);
    chmodSync(`${path}.d`, 0o555);
    chmodSync(dirname(path), 0o755);
    const child = run(
      { url: "http://127.0.0.1:9", path: join(`${path}.d`, "queue.json") },
      // Root may write anywhere.
      `if (process.getuid() === 0) process.setuid(65534);
      try { createClient(options); } catch (error) { console.log("threw", error.message); }`,
    );
    expect(await child.said("threw ")).toContain(
      "must exist, and this process be allowed to read and write there (EACCES",
    );
    await child.ended;
  });

  test("that is a directory is one as well, and leaves no lock", () => {
    const path = makePath();
    mkdirSync(path);
    expect(() => createFileKeep(path)).toThrow(/^playtrail: no queue can be kept in .+\(EISDIR/);
    expect(filesOf(path)).toEqual([""]);
  });
});

describe("what is kept", () => {
  test("is handed over once, and replaced by what comes after", () => {
    const path = makePath();
    const first = createFileKeep(path);
    first.saveQueue("one");
    first.saveQueue("two");
    first.release();
    expect(filesOf(path)).toEqual([""]);

    const second = createFileKeep(path);
    const take = vi.fn(() => true);
    second.adopt(take);
    second.adopt(take);
    expect(take.mock.calls).toEqual([["two"]]);
    second.saveQueue(null);
    second.release();
    expect(filesOf(path)).toEqual([]);
  });

  test("is for this user's eyes alone, whatever a file of that name allowed before", () => {
    const path = makePath();
    writeFileSync(`${path}.new`, "a longer text that was left half-written", { mode: 0o644 });
    const keep = createFileKeep(path);
    keep.saveQueue("one");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toBe("one");
    keep.release();
  });

  test("is erased, and not handed over any more", () => {
    const path = makePath();
    writeFileSync(path, "one");
    const keep = createFileKeep(path);
    keep.erase();
    const take = vi.fn(() => true);
    keep.adopt(take);
    keep.release();
    expect(take).not.toHaveBeenCalled();
    expect(filesOf(path)).toEqual([]);
  });

  test("is not touched after the release: it may be another's by then", () => {
    const path = makePath();
    const first = createFileKeep(path);
    first.release();
    const second = createFileKeep(path);
    second.saveQueue("the second's");
    first.saveQueue("the first's");
    first.saveQueue(null);
    second.release();
    expect(adopted(path)).toEqual(["the second's"]);
  });

  test("is set aside where it is no queue, and that is told", () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const path = makePath();
    writeFileSync(path, "half of a que");
    const keep = createFileKeep(path);
    keep.adopt(() => false);
    keep.saveQueue("new");
    keep.release();
    const [own, aside] = filesOf(path);
    expect([own, aside]).toEqual([
      "",
      expect.stringMatching(/^\.corrupt-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/),
    ]);
    expect(readFileSync(path + aside, "utf8")).toBe("half of a que");
    expect(error.mock.calls).toEqual([
      [`playtrail: what was kept in ${path} is no queue; it is in ${path}${aside} now`],
    ]);
  });

  test("is kept in memory alone where the disk fails, which is told once", () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const path = makePath();
    const keep = createFileKeep(path);
    rmSync(dirname(path), { recursive: true });
    keep.saveQueue("one");
    keep.saveQueue("two");
    expect(error.mock.calls).toEqual([
      [`playtrail: the queue could not be kept in ${path}`, expect.objectContaining({ code: "ENOENT" })],
    ]);
    mkdirSync(dirname(path));
    keep.saveQueue("three");
    expect(readFileSync(path, "utf8")).toBe("three");
    keep.release();
  });
});

describe("a client with a path", () => {
  test("sends first what the run before left, counts it, and removes it from the disk once it is accepted", async () => {
    const path = makePath();
    const collector = await collect();
    const options = { url: collector.url, path };
    await run(options, `track(createClient(options), 1, 3); process.exit();`).ended;
    expect(existsSync(path)).toBe(true);

    const child = run(
      options,
      `const client = createClient(options);
      track(client, 4, 4);
      console.log("before", JSON.stringify(client.stats()));
      await client.flush();
      console.log("after", JSON.stringify(client.stats()));
      until(() => !existsSync(options.path), () => console.log("removed"));`,
    );
    expect(JSON.parse(await child.said("before"))).toEqual({ tracked: 4, sent: 0, dropped: 0, pending: 4 });
    expect(JSON.parse(await child.said("after"))).toEqual({ tracked: 4, sent: 4, dropped: 0, pending: 0 });
    await child.said("removed");
    const numbers = collector.requests.map(({ envelope }) =>
      envelope.events.map(({ properties }) => (properties as { n: number }).n),
    );
    expect(numbers).toEqual([[1, 2, 3], [4]]);
    expect((await child.ended).errors).toBe("");
  });

  test("frees the path when it is closed, and keeps there what it could not deliver", async () => {
    const path = makePath();
    const child = run(
      { url: "http://127.0.0.1:9", path },
      `const first = createClient(options);
      track(first, 1, 2);
      await first.close(10);
      track(first, 3, 3);
      const second = createClient(options);
      console.log("tracked", second.stats().tracked);
      await second.close(10);`,
    );
    expect(await child.said("tracked ")).toBe("2");
    expect(await child.ended).toMatchObject({ code: 0, errors: "" });
    expect(filesOf(path)).toEqual([""]);
  });

  test.each([
    ["a half-written", (text: string) => text.slice(0, -20)],
    ["a foreign", () => "[1, 2, 3]"],
    ["a later version's", (text: string) => text.replace('"v":1', '"v":9')],
  ])("works beside %s file", async (_, change) => {
    const path = makePath();
    const collector = await collect();
    const options = { url: collector.url, path };
    await run(options, `track(createClient(options), 1, 3); process.exit();`).ended;
    const text = change(readFileSync(path, "utf8"));
    writeFileSync(path, text);

    const { code, errors } = await run(options, `track(createClient(options), 4, 4);`).ended;
    expect(code).toBe(0);
    expect(errors).toContain(`playtrail: what was kept in ${path} is no queue`);
    expect(collector.requests.map(({ envelope }) => envelope.events.length)).toEqual([1]);
    const aside = filesOf(path).find((name) => name.startsWith(".corrupt-"));
    expect(readFileSync(path + aside, "utf8")).toBe(text);
  });

  test("keeps nothing without consent, and erases what was kept where it is denied", async () => {
    const path = makePath();
    const options = { url: "http://127.0.0.1:9", path };
    await run({ ...options, consent: "pending" }, `track(createClient(options), 1, 3); process.exit();`)
      .ended;
    expect(existsSync(path)).toBe(false);
    await run(options, `track(createClient(options), 1, 3); process.exit();`).ended;
    expect(existsSync(path)).toBe(true);
    await run({ ...options, consent: "denied" }, `createClient(options); process.exit();`).ended;
    expect(existsSync(path)).toBe(false);
  });
});
