import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { PendingEvent } from "../core/envelope.ts";
import { decodeSnapshot } from "../core/snapshot.ts";
import { type Collector, judge, type Reaction, startCollector } from "../core/testing.ts";
import { numberedUuid } from "../core/uuid.ts";
import { type Child, killChildren, makePath, removePaths, run } from "./testing.ts";

/** What waits for the network may take 5 s at a process's end. */
const SOON_MS = 4_500;
/** Those 5 s, and what a busy machine adds; a second wait would make it 10. */
const BOUND_MS = 9_000;

const collectors: Collector[] = [];

afterAll(() => {
  for (const collector of collectors) collector.close();
  killChildren();
  removePaths();
});

async function collect(react?: Collector["react"]): Promise<Collector> {
  const collector = await startCollector();
  collectors.push(collector);
  if (react) collector.react = react;
  return collector;
}

/** The address of a collector that is down. */
async function nobody(): Promise<string> {
  const collector = await startCollector();
  collector.close();
  return collector.url;
}

/** The `n` of the events that arrived, each once for every time that it did; sorted, for requests beside each other arrive in any order. */
function arrived({ requests }: Collector): number[] {
  return requests
    .flatMap(({ envelope }) => envelope.events.map((event) => numberOf(event)))
    .sort((a, b) => a - b);
}

function numberOf(event: Record<string, unknown>): number {
  return (event.properties as { n: number }).n;
}

/** What the file at `path` keeps: the ids of the events by their `n`. */
function kept(path: string): Map<number, string> {
  const events = decodeSnapshot(readFileSync(path, "utf8"))?.events ?? [];
  const idOf = ({ segment, seq }: Pick<PendingEvent, "segment" | "seq">) => numberedUuid(segment.idSeed, seq);
  return new Map(events.map((event) => [numberOf(JSON.parse(event.line)), idOf(event)]));
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

/** How a process ends, and how long that takes from when it says `tracked` or was told to. */
async function endOf(
  child: Child,
  toldAt?: number,
): Promise<{ code: number | null; signal: string | null; ms: number }> {
  await child.said("tracked");
  const since = toldAt ?? performance.now();
  const { code, signal, at } = await child.ended;
  return { code, signal, ms: at - since };
}

describe.concurrent("a process that ends by itself", () => {
  test("delivers everything first, and waits for nothing else", async () => {
    const collector = await collect();
    const child = run(
      { url: collector.url },
      `track(createClient(options), 1, 1_200); console.log("tracked");`,
    );
    expect(await endOf(child)).toEqual({ code: 0, signal: null, ms: expect.toSatisfy((ms) => ms < SOON_MS) });
    expect(arrived(collector)).toEqual(upTo(1_200));
    expect(collector.requests).toHaveLength(3);
  });

  test("lives no longer where nothing waits", async () => {
    const collector = await collect();
    const child = run(
      { url: collector.url },
      `const client = createClient(options);
      client.track("tick", { n: 1 });
      await client.flush();
      console.log("tracked");`,
    );
    expect((await endOf(child)).ms).toBeLessThan(SOON_MS);
  });

  test("waits at most 5 seconds for a collector that is down, and keeps its exit code", async () => {
    const child = run(
      { url: await nobody() },
      `track(createClient(options), 1, 10);
      process.exitCode = 3;
      console.log("tracked");`,
    );
    expect(await endOf(child)).toEqual({
      code: 3,
      signal: null,
      ms: expect.toSatisfy((ms) => ms > 4_000 && ms < BOUND_MS),
    });
  });

  test("waits no longer where a signal ends it", async () => {
    const child = run(
      { url: await nobody() },
      `track(createClient(options), 1, 10); setInterval(() => {}, 1_000); console.log("tracked");`,
    );
    await child.said("tracked");
    child.process.kill("SIGTERM");
    expect(await endOf(child)).toMatchObject({
      signal: "SIGTERM",
      ms: expect.toSatisfy((ms) => ms > 4_000 && ms < BOUND_MS),
    });
  });

  test("waits no longer for one that does not answer", async () => {
    let requests = 0;
    // The second attempt would be given 10 s.
    const collector = await collect(() => (++requests === 1 ? "disconnect" : "hang"));
    const child = run({ url: collector.url }, `track(createClient(options), 1, 10); console.log("tracked");`);
    expect(await endOf(child)).toMatchObject({ code: 0, ms: expect.toSatisfy((ms) => ms < BOUND_MS) });
    expect(requests).toBeGreaterThan(1);
  });

  test("with a path keeps what the collector did not take", async () => {
    const path = makePath();
    const child = run(
      { url: await nobody(), path },
      `track(createClient(options), 1, 1_000); console.log("tracked");`,
    );
    expect(await endOf(child)).toMatchObject({ code: 0, ms: expect.toSatisfy((ms) => ms < BOUND_MS) });
    expect([...kept(path).keys()]).toEqual(upTo(1_000));
  });

  test("ends although a listener reports something at each end", async () => {
    const collector = await collect();
    const child = run(
      { url: collector.url },
      `const client = createClient(options);
      let n = 0;
      process.on("beforeExit", () => client.track("tick", { n: ++n }));
      track(client, 0, 0);
      console.log("tracked");`,
    );
    expect(await endOf(child)).toMatchObject({ code: 0, ms: expect.toSatisfy((ms) => ms < SOON_MS) });
    expect(arrived(collector)).toEqual([0, 1]);
  });

  test("is kept by a flush() through an outage of 2 seconds", async () => {
    let since: number | undefined;
    const collector = await collect((received): Reaction => {
      since ??= performance.now();
      return performance.now() - since < 2_000 ? { status: 503 } : judge(received);
    });
    const child = run(
      { url: collector.url },
      `const client = createClient(options);
      track(client, 1, 600);
      await client.flush();
      console.log("settled", JSON.stringify(client.stats()));`,
    );
    expect(JSON.parse(await child.said("settled"))).toEqual({
      tracked: 600,
      sent: 600,
      dropped: 0,
      pending: 0,
    });
    expect((await child.ended).code).toBe(0);
  });

  test("is not kept by a client that was closed", async () => {
    const collector = await collect(() => "hang");
    const child = run(
      { url: collector.url },
      `const client = createClient(options);
      track(client, 1, 1_000);
      console.log("tracked");
      console.log("closed", JSON.stringify(await client.close(200)));
      client.track("late");`,
    );
    expect(JSON.parse(await child.said("closed"))).toEqual({ sent: 0, dropped: 0, pending: 1_000 });
    expect(await endOf(child)).toMatchObject({ code: 0, ms: expect.toSatisfy((ms) => ms < SOON_MS) });
  });
});

describe.concurrent("process.exit()", () => {
  test("with a path loses nothing: the next start sends it", async () => {
    const path = makePath();
    const collector = await collect();
    const options = { url: collector.url, path };
    const first = run(options, `track(createClient(options), 1, 499); process.exit(0);`);
    expect((await first.ended).code).toBe(0);
    const ids = kept(path);
    expect(arrived(collector)).toEqual([]);

    const second = run(options, `createClient(options);`);
    expect((await second.ended).code).toBe(0);
    expect(arrived(collector)).toEqual(upTo(499));
    expect(collector.requests.flatMap((request) => request.ids)).toEqual([...ids.values()]);
    expect(existsSync(path)).toBe(false);
  });
});

describe.concurrent("kill -9", () => {
  test("costs nothing that is older than the interval of keeping, and changes no id", async () => {
    const path = makePath();
    const collector = await collect(() => "hang");
    const options = { url: collector.url, path, maxBatchEvents: 50 };
    const first = run(
      options,
      `track(createClient(options), 1, 120);
      until(() => existsSync(options.path), () => console.log("kept"));`,
    );
    await Promise.all([first.said("kept"), collector.received(2)]);
    first.process.kill("SIGKILL");
    expect((await first.ended).signal).toBe("SIGKILL");
    const ids = kept(path);
    expect([...ids.keys()]).toEqual(upTo(120));

    const sentBefore = collector.requests.flatMap((request) => request.ids);
    collector.react = (received) => judge(received);
    collector.requests.length = 0;
    expect((await run(options, `createClient(options);`).ended).code).toBe(0);
    const sent = collector.requests.flatMap((request) => request.ids);
    expect(sent).toEqual([...ids.values()]);
    expect(sent).toEqual(expect.arrayContaining(sentBefore));
  });
});

describe.concurrent("a signal", () => {
  const alive = "setInterval(() => {}, 1_000);";

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "%s: the process delivers, then dies by it",
    async (signal) => {
      const collector = await collect();
      const child = run(
        { url: collector.url },
        `track(createClient(options), 1, 700); ${alive} console.log("tracked");`,
      );
      await child.said("tracked");
      child.process.kill(signal);
      expect(await endOf(child)).toEqual({ code: null, signal, ms: expect.toSatisfy((ms) => ms < SOON_MS) });
      expect(arrived(collector)).toEqual(upTo(700));
    },
  );

  test.each(["on", "once"])("that the game listens to (%s) ends it as the game says", async (listen) => {
    const collector = await collect();
    const child = run(
      { url: collector.url },
      `process.${listen}("SIGTERM", () => {
        until(() => client.stats().sent === 2, () => process.exit(7));
      });
      const client = createClient(options);
      track(client, 1, 2);
      ${alive}
      console.log("tracked");`,
    );
    await child.said("tracked");
    child.process.kill("SIGTERM");
    expect(await endOf(child)).toMatchObject({ code: 7, signal: null });
    expect(arrived(collector)).toEqual([1, 2]);
  });

  test("that comes twice at once, as Ctrl-C does through npm, is one", async () => {
    const collector = await collect();
    const child = run(
      { url: collector.url },
      `track(createClient(options), 1, 700); ${alive} for (const time of [1, 2]) process.emit("SIGINT", "SIGINT");`,
    );
    expect(await child.ended).toMatchObject({ code: null, signal: "SIGINT" });
    expect(arrived(collector)).toEqual(upTo(700));
  });

  test.each([
    ["SIGINT", "SIGINT"],
    ["SIGINT", "SIGTERM"],
  ] as const)("%s, and %s while that delivers, ends it at once", async (first, second) => {
    const path = makePath();
    const collector = await collect(() => "hang");
    const child = run(
      { url: collector.url, path },
      `track(createClient(options), 1, 400); ${alive} console.log("tracked");`,
    );
    await child.said("tracked");
    const toldAt = performance.now();
    child.process.kill(first);
    await collector.received(1);
    const again = setInterval(() => child.process.kill(second), 50);
    void child.ended.finally(() => clearInterval(again));
    expect(await endOf(child, toldAt)).toEqual({
      code: null,
      signal: second,
      ms: expect.toSatisfy((ms) => ms < SOON_MS),
    });
    expect([...kept(path).keys()]).toEqual(upTo(400));
  });
});

describe.concurrent("a process that fails", () => {
  test("with a path keeps its events, and ends as it would without the SDK", async () => {
    const path = makePath();
    const child = run(
      { url: await nobody(), path },
      `track(createClient(options), 1, 100); console.log("tracked"); throw new Error("the game is broken");`,
    );
    expect(await endOf(child)).toMatchObject({ code: 1, ms: expect.toSatisfy((ms) => ms < SOON_MS) });
    expect((await child.ended).errors).toContain("the game is broken");
    expect([...kept(path).keys()]).toEqual(upTo(100));
  });
});

describe.concurrent("the listeners of the process", () => {
  const count = `const count = () => ["beforeExit", "exit", "SIGINT", "SIGTERM", "SIGHUP"]
    .map((name) => process.listenerCount(name));`;

  test("are one each, however many clients there are", async () => {
    const collector = await collect();
    const child = run(
      { url: collector.url },
      `${count}
      const before = count();
      for (let n = 1; n <= 50; n++) createClient(options).track("tick", { n });
      console.log("added", JSON.stringify(count().map((now, index) => now - before[index])));`,
    );
    expect(JSON.parse(await child.said("added"))).toEqual([1, 1, 1, 1, 1]);
    expect(await child.ended).toMatchObject({ code: 0, errors: "" });
    expect(arrived(collector)).toEqual(upTo(50));
  });

  test("go with the last client that is closed", async () => {
    const collector = await collect();
    const child = run(
      { url: collector.url },
      `${count}
      const before = count();
      const added = () => JSON.stringify(count().map((now, index) => now - before[index]));
      const [first, second] = [createClient(options), createClient(options)];
      await first.close();
      console.log("first", added());
      await second.close();
      console.log("second", added());`,
    );
    expect(JSON.parse(await child.said("first"))).toEqual([1, 1, 1, 1, 1]);
    expect(JSON.parse(await child.said("second"))).toEqual([0, 0, 0, 0, 0]);
  });
});
