import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Stats } from "../sdk/core/types.ts";
import { type Arrived, type BrowserCollector, startBrowserCollector } from "./browser-collector.ts";
import { type GameSite, launchBrowser, startGameSite } from "./browser-game.ts";
import { deliveredLines, discard, flushAll, newData, startStack, stopStack, until } from "./stack.ts";

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** As little of a key as the SDK reads. */
const KEY = ["", Buffer.from('{"game":"arcade"}').toString("base64url"), ""].join(".");
const STORED = "playtrail:arcade:";

let browser: Browser;
let site: GameSite;
let collector: BrowserCollector;
/** The player's browser. */
let context: BrowserContext;
let errors: string[];

beforeAll(async () => {
  site = await startGameSite(() => ({ url: collector.url, key: KEY }));
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  site?.close();
});

beforeEach(async () => {
  collector = await startBrowserCollector();
  context = await browser.newContext();
  errors = [];
  context.on("weberror", (error) => errors.push(String(error.error())));
});

afterEach(async () => {
  await context.close();
  collector.close();
  // Whatever the drill: no request asks first, and nothing is thrown into the game's page.
  expect([collector.preflights, errors]).toEqual([[], []]);
});

/** Opens the game in a tab. */
async function openGame(options: Parameters<GameSite["game"]>[0] = {}, tab?: Page): Promise<Page> {
  const page = tab ?? (await context.newPage());
  await page.goto(site.game(options));
  return page;
}

/** The numbers of the frames that arrived: copies with one id are one, and one that came with two ids is two. */
function frames(): number[] {
  const byId = new Map(arrivals("custom").map(({ id, fields }) => [id, frameOf(fields)]));
  return [...byId.values()].sort((a, b) => a - b);
}

function frameOf({ properties }: Record<string, unknown>): number {
  return (properties as { n: number }).n;
}

function arrivals(...types: string[]): Arrived[] {
  return collector.arrived().filter(({ type }) => types.includes(type));
}

/** What arrived, copies left out, oldest first by their numbers. */
function distinct(events: Arrived[]): Arrived[] {
  return [...new Map(events.map((event) => [event.id, event])).values()];
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Waits until a value is as expected. */
function eventually<Value>(read: () => Value | Promise<Value>) {
  return expect.poll(read, { timeout: 15_000, interval: 10 });
}

const stats = (tab: Page) => tab.evaluate<Stats>("game.stats()");

/** What the SDK keeps, by its names without the game's prefix, a queue's own name left out. */
function stored(tab: Page, storage: "localStorage" | "sessionStorage"): Promise<[string, string][]> {
  return tab.evaluate<[string, string][]>(
    `Object.entries(${storage}).filter(([name]) => name.startsWith("${STORED}")).map(([name, text]) => [name.split(":")[2], text])`,
  );
}

/** How many frames are kept in queues of all tabs. */
async function keptFrames(tab: Page): Promise<number> {
  const queues = (await stored(tab, "localStorage")).filter(([name]) => name === "queue");
  return queues.reduce((sum, [, text]) => sum + text.split('"name":"frame"').length - 1, 0);
}

/** Ends the process of a page without a word to it. */
async function crash(tab: Page): Promise<void> {
  await Promise.all([tab.waitForEvent("crash"), tab.goto("chrome://crash").catch(() => {})]);
}

describe("what a browser sends", () => {
  test("a first event leaves in a request that needs no leave of the collector, after the start of its session", async () => {
    const tab = await openGame({ flushIntervalMs: 0 });
    await tab.evaluate('game.track("hello", { from: "a browser" })');
    await eventually(() => collector.arrived().map(({ type }) => type)).toEqual(["session_start", "custom"]);

    const [request] = collector.requests;
    expect(request).toMatchObject({
      path: "/v1/events",
      query: { key: KEY, request_id: expect.stringMatching(UUID_V4), attempt: "1" },
      headers: { "content-type": "text/plain" },
    });
    const custom = ["authorization", "content-encoding", "x-request-id", "x-attempt", "cookie"];
    expect(custom.filter((name) => request && name in request.headers)).toEqual([]);
    expect(collector.arrived()).toMatchObject([
      { seq: 1, fields: { session_number: 1, platform: "web", app_version: "1.4.0" } },
      { seq: 2, fields: { name: "hello", properties: { from: "a browser" } } },
    ]);
  });
});

describe("a page that is left", () => {
  test("100 events, then another page in the same task: all arrive at once, in few requests", async () => {
    const tab = await openGame();
    await tab.evaluate(`play(1, 100); location.href = "/menu"`);
    await tab.waitForURL(site.menu);
    await eventually(frames).toEqual(numbers(1, 100));
    expect(collector.requests.length).toBeLessThanOrEqual(3);

    await openGame({}, tab);
    await eventually(() => keptFrames(tab)).toBe(0);
    await eventually(() => stats(tab)).toMatchObject({ dropped: 0, pending: 0 });
    expect(frames()).toEqual(numbers(1, 100));
    expect(distinct(arrivals("session_start")).length).toBe(1);
  });

  test("one game page after another: nothing is lost or numbered twice", async () => {
    const tab = await openGame();
    for (let page = 0; page < 5; page++) {
      const next = site.game({});
      await tab.evaluate(
        `play(${page * 50 + 1}, ${page * 50 + 50}); location.href = ${JSON.stringify(next)} + "&page=${page}"`,
      );
      await tab.waitForURL(`${next}&page=${page}`);
    }
    await eventually(frames).toEqual(numbers(1, 250));
    await eventually(() => keptFrames(tab)).toBe(0);
    const all = distinct(collector.arrived());
    expect([
      new Set(all.map(({ seed }) => seed)).size,
      new Set(all.map(({ session }) => session)).size,
    ]).toEqual([1, 1]);
    expect(all.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(numbers(1, 251));
  });

  test("what the game reports in its own pagehide listener arrives, too", async () => {
    const tab = await openGame();
    await tab.evaluate(`addEventListener("pagehide", () => play(1, 3)); location.href = "/menu"`);
    await tab.waitForURL(site.menu);
    await openGame({ flushIntervalMs: 0 }, tab);
    await eventually(frames).toEqual(numbers(1, 3));
  });

  test("more than a page may send while it goes: the rest is kept", async () => {
    const tab = await openGame();
    await tab.evaluate(`play(1, 2000); location.href = "/menu"`);
    await tab.waitForURL(site.menu);
    await openGame({}, tab);
    await eventually(frames).toEqual(numbers(1, 2_000));
    await eventually(() => stats(tab)).toMatchObject({ dropped: 0, pending: 0 });
  });

  test("hidden and then left in one go, it sends nothing twice", async () => {
    const tab = await openGame();
    await tab.evaluate(`
      play(1, 50);
      Object.defineProperty(document, "visibilityState", { value: "hidden" });
      document.dispatchEvent(new Event("visibilitychange"));
      play(51, 60);
      location.href = "/menu";
    `);
    await tab.waitForURL(site.menu);
    await eventually(frames).toEqual(numbers(1, 60));
    expect(collector.arrived().length).toBe(61);
  });

  test("and brought back as it was, it goes on", async () => {
    const tab = await openGame({ flushIntervalMs: 0 });
    await tab.evaluate(
      "globalThis.isRestored = false; onpageshow = (event) => { isRestored = event.persisted; }",
    );
    await tab.evaluate("play(1, 10)");
    await tab.goto(site.menu);
    await tab.goBack({ waitUntil: "commit" }); // such a page does not load
    await eventually(() => tab.evaluate("isRestored")).toBe(true);
    await tab.evaluate("play(11, 20)");
    await openGame({ flushIntervalMs: 0 }, tab);
    await tab.evaluate("play(21, 30)");
    await eventually(frames).toEqual(numbers(1, 30));
    expect(distinct(arrivals("session_start")).length).toBe(1);
  });

  test("a tab that closes itself after 100 events has sent them, or its next start does", async () => {
    const menu = await context.newPage();
    await menu.goto(site.menu);
    const opened = context.waitForEvent("page");
    await menu.evaluate(`open(${JSON.stringify(site.game({}))})`);
    const tab = await opened;
    await tab.waitForFunction("globalThis.playtrail && game");
    const closed = tab.waitForEvent("close");
    await tab.evaluate("setTimeout(() => { play(1, 100); close(); })");
    await closed;
    await openGame();
    await eventually(frames).toEqual(numbers(1, 100));
  });

  test("a tab that is closed from outside after 100 events has sent them, or the next start does", async () => {
    const tab = await openGame();
    await tab.evaluate("play(1, 100)");
    await tab.close();
    await openGame();
    await eventually(frames).toEqual(numbers(1, 100));
  });

  test("a page whose renderer crashes has kept what it was given", async () => {
    const tab = await openGame({ flushIntervalMs: 3_600_000 });
    const onlooker = await context.newPage();
    await onlooker.goto(site.menu);
    await tab.evaluate("play(1, 90)");
    await eventually(() => keptFrames(onlooker)).toBe(90);
    await crash(tab);
    expect(frames()).toEqual([]);

    const next = await openGame();
    await eventually(frames).toEqual(numbers(1, 90));
    await eventually(() => keptFrames(next)).toBe(0);
  });
});

describe("without a network", () => {
  test("events are kept, and arrive as soon as it is back", async () => {
    const tab = await openGame({ flushIntervalMs: 0 });
    await eventually(() => arrivals("session_start").length).toBe(1);
    await context.setOffline(true);
    await tab.evaluate("play(1, 150)");
    await eventually(() => keptFrames(tab)).toBe(150);
    expect(frames()).toEqual([]);

    await context.setOffline(false);
    await eventually(frames).toEqual(numbers(1, 150));
    await eventually(() => keptFrames(tab)).toBe(0);
    expect(await stats(tab)).toEqual({ tracked: 151, sent: 151, dropped: 0, pending: 0 });
  });

  test("a page that is left keeps them for the next", async () => {
    const tab = await openGame();
    // Beside it, since Chromium lets a last request of a page through.
    collector.react = () => "disconnect";
    await context.setOffline(true);
    await tab.evaluate(`play(1, 100); location.href = "/menu"`).catch(() => {});
    await eventually(() => tab.url()).toBe("chrome-error://chromewebdata/");
    expect(frames()).toEqual([]);

    collector.react = () => "accept";
    await context.setOffline(false);
    await openGame({}, tab);
    await eventually(frames).toEqual(numbers(1, 100));
    await eventually(() => keptFrames(tab)).toBe(0);
  });
});

describe("two tabs", () => {
  test("each sends its own, nothing twice, in one session", async () => {
    const a = await openGame({ flushIntervalMs: 0 });
    await eventually(() => stored(a, "localStorage")).toHaveLength(1);
    const b = await openGame({ flushIntervalMs: 0 });
    for (let round = 0; round < 5; round++) {
      const from = round * 40 + 1;
      await Promise.all([
        a.evaluate(`play(${from}, ${from + 19})`),
        b.evaluate(`play(${from + 20}, ${from + 39})`),
      ]);
      await eventually(frames).toEqual(numbers(1, from + 39));
    }
    const all = collector.arrived();
    expect(all.length).toBe(distinct(all).length);
    expect(new Set(all.map(({ session }) => session)).size).toBe(1);
    expect(arrivals("session_start").length).toBe(1);
  });

  test("what one kept that dies, the other sends; of one that lives, nothing", async () => {
    const a = await openGame({ flushIntervalMs: 0 });
    await eventually(() => arrivals("session_start").length).toBe(1);
    const [seed] = collector.arrived().map((event) => event.seed);
    collector.react = ({ envelope }) => (envelope.id_seed === seed ? { status: 503 } : "accept");
    await a.evaluate("play(1, 50)");
    await eventually(() => keptFrames(a)).toBe(50);

    const b = await openGame({ flushIntervalMs: 0 });
    await b.evaluate("play(51, 60)");
    await eventually(frames).toEqual(numbers(51, 60));
    expect((await stats(b)).tracked).toBe(10);

    await crash(a);
    collector.react = () => "accept";
    await eventually(frames).toEqual(numbers(1, 60));
    await eventually(() => keptFrames(b)).toBe(0);
    expect(await stats(b)).toEqual({ tracked: 60, sent: 60, dropped: 0, pending: 0 });
  });
});

test("a client that is closed leaves what is pending to the next, on the same page", async () => {
  collector.react = () => ({ status: 503 });
  const tab = await openGame({ flushIntervalMs: 0 });
  await tab.evaluate("play(1, 10)");
  expect(await tab.evaluate("game.close(0)")).toEqual({ sent: 0, dropped: 0, pending: 11 });
  collector.react = () => "accept";
  await tab.evaluate(`
    const next = playtrail.createClient(JSON.parse(new URLSearchParams(location.search).get("options")));
    next.track("frame", { n: 11 });
  `);
  await eventually(frames).toEqual(numbers(1, 11));
  await eventually(() => keptFrames(tab)).toBe(0);
});

test("without Web Locks, on plain http, a queue is sent by the first start five minutes after", async () => {
  await context.clock.install();
  const tab = await context.newPage();
  await tab.goto(site.insecure({ flushIntervalMs: 0 }));
  expect(await tab.evaluate("isSecureContext || 'locks' in navigator")).toBe(false);
  collector.react = () => ({ status: 503 });
  await tab.evaluate("play(1, 10)");
  await eventually(() => keptFrames(tab)).toBe(10);
  await crash(tab);
  await tab.close();

  collector.react = () => "accept";
  await context.clock.fastForward("06:00");
  const next = await context.newPage();
  await next.goto(site.insecure({ flushIntervalMs: 0 }));
  await eventually(frames).toEqual(numbers(1, 10));
  await eventually(() => keptFrames(next)).toBe(0);
});

describe("a session", () => {
  test("goes on over a reload, and so do the numbers of its events", async () => {
    const tab = await openGame({ flushIntervalMs: 0 });
    await tab.evaluate("play(1, 3)");
    await eventually(frames).toEqual(numbers(1, 3));
    await tab.reload();
    await tab.evaluate("play(4, 6)");
    await tab.reload();
    await tab.evaluate("play(7, 9)");
    await eventually(frames).toEqual(numbers(1, 9));

    const all = distinct(collector.arrived()).sort((a, b) => a.seq - b.seq);
    const [{ seed, session, user } = {}] = all;
    expect(
      all.map(({ type, seq, fields }) => (type === "custom" ? [seq, frameOf(fields)] : [seq, type])),
    ).toEqual([[1, "session_start"], ...numbers(1, 9).map((n) => [n + 1, n])]);
    expect(
      all.filter((event) => event.seed === seed && event.session === session && event.user === user),
    ).toEqual(all);
  });

  test("goes on in a tab that is copied, but not the numbers", async () => {
    const url = site.game({ flushIntervalMs: 0 });
    const tab = await openGame({ flushIntervalMs: 0 });
    await tab.evaluate("play(1, 10)");
    // What a page left for the next in its tab is copied with the tab, whose pages then all find it.
    await tab.goto(site.menu);
    const copies = context.waitForEvent("page");
    await tab.evaluate(`open(${JSON.stringify(url)})`);
    const copy = await copies;
    await copy.waitForURL(url);
    await tab.goto(url);
    await copy.evaluate("play(11, 20)");
    await tab.evaluate("play(21, 30)");
    await eventually(frames).toEqual(numbers(1, 30));
    const all = distinct(collector.arrived());
    expect(new Set(all.map(({ session }) => session)).size).toBe(1);
    expect(all.map(({ type }) => type).filter((type) => type !== "custom")).toEqual(["session_start"]);
  });

  test("ends after half an hour without an event, when its last event was; the next event begins another", async () => {
    await context.clock.install();
    const tab = await openGame({ flushIntervalMs: 0 });
    await tab.evaluate("play(1, 3)");
    await eventually(frames).toEqual(numbers(1, 3));
    // An answer that is still under way then has timed out, and what it is about comes again.
    await context.clock.fastForward("31:00");
    await tab.evaluate("play(4, 4)");
    await eventually(() => distinct(collector.arrived()).map(({ type }) => type)).toEqual([
      "session_start",
      "custom",
      "custom",
      "custom",
      "session_end",
      "session_start",
      "custom",
    ]);

    const [, , , last, end, start] = distinct(collector.arrived());
    expect([end?.session, start?.session]).toEqual([
      last?.session,
      expect.not.stringContaining(String(last?.session)),
    ]);
    expect(start?.fields.session_number).toBe(2);
    expect(Math.abs(Date.parse(String(end?.fields.timestamp)) - timeOf(last))).toBeLessThanOrEqual(2);
  });

  test("that nobody ended is ended by the next start, and counted on", async () => {
    await context.clock.install();
    const tab = await openGame({ flushIntervalMs: 0 });
    await tab.evaluate("play(1, 1)");
    await eventually(frames).toEqual([1]);
    await tab.close();
    await context.clock.fastForward("02:00:00");
    await openGame({ flushIntervalMs: 0 });
    await eventually(() => distinct(collector.arrived()).map(({ type }) => type)).toEqual([
      "session_start",
      "custom",
      "session_end",
      "session_start",
    ]);
    const [first, frame, end, second] = distinct(collector.arrived());
    expect([end?.session, end?.user, second?.user]).toEqual([first?.session, first?.user, first?.user]);
    expect(second?.fields.session_number).toBe(2);
    expect(Math.abs(Date.parse(String(end?.fields.timestamp)) - timeOf(frame))).toBeLessThanOrEqual(2_000);
  });
});

/** When an event was, in milliseconds of its page's clock. */
function timeOf(event: Arrived | undefined): number {
  return Date.parse(String(event?.fields.timestamp)) + Number(event?.fields.offset_ms);
}

describe("consent", () => {
  test("that is pending holds events in memory alone; once granted they are sent", async () => {
    await context.clock.install();
    const tab = await openGame({ consent: "pending" });
    await tab.evaluate("play(1, 150)");
    await context.clock.runFor(60_000);
    expect([
      await stored(tab, "localStorage"),
      await stored(tab, "sessionStorage"),
      collector.requests,
    ]).toEqual([[], [], []]);
    expect(await stats(tab)).toEqual({ tracked: 150, sent: 0, dropped: 0, pending: 150 });

    await tab.evaluate('game.consent("granted"); game.flush()');
    expect(frames()).toEqual(numbers(1, 150));
    expect(arrivals("session_start").length).toBe(1);
    expect(new Set(collector.arrived().map(({ session }) => session)).size).toBe(1);
  });

  test("that is denied erases what the SDK keeps, and nothing is sent any more", async () => {
    await context.clock.install();
    const tab = await openGame({ flushIntervalMs: 0 });
    await tab.evaluate("game.flush()");
    await context.setOffline(true);
    await tab.evaluate(`play(1, 10); localStorage.setItem("settings", "loud")`);
    await eventually(() => keptFrames(tab)).toBe(10);

    await tab.evaluate('game.consent("denied")');
    await context.setOffline(false);
    await tab.evaluate("play(11, 20)");
    await context.clock.runFor(60_000);
    await tab.evaluate("game.close()");
    expect(await tab.evaluate("Object.entries({ ...localStorage, ...sessionStorage })")).toEqual([
      ["settings", "loud"],
    ]);
    expect([frames(), collector.requests.length]).toEqual([[], 1]);
    expect(await stats(tab)).toEqual({ tracked: 21, sent: 1, dropped: 20, pending: 0 });
  });

  test("that is denied at the start erases what earlier pages left", async () => {
    collector.react = () => ({ status: 503 });
    const tab = await openGame({ flushIntervalMs: 0 });
    await tab.evaluate("play(1, 10)");
    await eventually(() => keptFrames(tab)).toBe(10);
    await tab.goto(site.menu);
    expect([
      (await stored(tab, "localStorage")).length,
      (await stored(tab, "sessionStorage")).length,
    ]).toEqual([3, 1]);

    collector.react = () => "accept";
    await context.clock.install();
    await openGame({ consent: "denied" }, tab);
    await tab.evaluate("play(11, 20)");
    await context.clock.runFor(60_000);
    expect([await stored(tab, "localStorage"), await stored(tab, "sessionStorage"), frames()]).toEqual([
      [],
      [],
      [],
    ]);
    expect(await stats(tab)).toEqual({ tracked: 10, sent: 0, dropped: 10, pending: 0 });
  });
});

describe("a collector in trouble", () => {
  test("that answers 503 for a while gets the same request again, until it is taken", async () => {
    collector.react = ({ query }) => (Number(query.attempt) < 3 ? { status: 503 } : "accept");
    const tab = await openGame({ flushIntervalMs: 0 });
    await tab.evaluate("play(1, 40)");
    await tab.evaluate("game.flush()");
    expect(frames()).toEqual(numbers(1, 40));
    expect(collector.arrived().length).toBe(41);
    const first = collector.requests.filter(
      ({ query }) => query.request_id === collector.requests[0]?.query.request_id,
    );
    expect(first.map(({ query }) => query.attempt)).toEqual(["1", "2", "3"]);
  });

  test("is not asked again before its Retry-After", async () => {
    collector.react = () =>
      collector.requests.length === 1 ? { status: 429, headers: { "Retry-After": "1" } } : "accept";
    const tab = await openGame({ flushIntervalMs: 0 });
    await tab.evaluate("play(1, 40)");
    await tab.evaluate("game.flush()");
    expect(frames()).toEqual(numbers(1, 40));
    const [refused, next] = collector.requests;
    expect((next?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  test("that takes a request and loses the answer gets copies with the same ids", async () => {
    collector.react = () => (collector.requests.length === 1 ? "lose_answer" : "accept");
    const tab = await openGame({ flushIntervalMs: 0 });
    await tab.evaluate("play(1, 40)");
    await tab.evaluate("game.flush()");
    expect(frames()).toEqual(numbers(1, 40));
    expect(collector.arrived().length).toBeGreaterThan(41);
  });
});

test("without storage, in a sandboxed frame, everything works from memory", async () => {
  const tab = await context.newPage();
  await tab.goto(site.sandbox({ flushIntervalMs: 0 }));
  const frame = tab.frames()[1];
  await expect(frame?.evaluate("localStorage")).rejects.toThrow("sandboxed");
  await frame?.evaluate("play(1, 20); game.flush()");
  await frame?.evaluate(`play(21, 40); location.href = "about:blank"`);
  await eventually(frames).toEqual(numbers(1, 40));
  expect(arrivals("session_start").length).toBe(1);
});

test("1,000 events in one task", async () => {
  const tab = await openGame();
  const [trackMs, longestMs] = await tab.evaluate<[number, number]>(`(async () => {
    let longestMs = 0, last = performance.now(), isOver = false;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const now = performance.now();
      longestMs = Math.max(longestMs, now - last);
      last = now;
      if (!isOver) port2.postMessage(0);
    };
    port2.postMessage(0);
    const startedAt = performance.now();
    play(1, 1000);
    const trackMs = performance.now() - startedAt;
    await game.flush();
    isOver = true;
    return [trackMs, longestMs];
  })()`);
  expect(frames()).toEqual(numbers(1, 1_000));
  console.log(
    `1,000 events in one task: ${trackMs.toFixed(1)} ms; longest task until all had arrived: ${longestMs.toFixed(1)} ms`,
  );
});

test("the Worker itself takes what a browser sends, whichever way", async () => {
  const stack = await startStack(await newData(), 0);
  try {
    const tab = await openGame({
      url: stack.url,
      key: stack.keys.write,
      flushIntervalMs: 0,
      userId: "browser_user",
    });
    await tab.evaluate(
      "globalThis.verdicts = []; game.on('verdict', (verdict) => verdicts.push(verdict)); game.on('error', (error) => verdicts.push(error))",
    );
    await tab.evaluate("play(1, 1); game.flush()");
    await tab.evaluate("play(2, 150); game.flush()");
    expect(await tab.evaluate("verdicts")).toEqual([]);
    await tab.evaluate(`play(151, 200); location.href = "/menu"`);
    await tab.waitForURL(site.menu);
    const lines = await until("all are delivered", async () => {
      await flushAll(stack);
      const mine = (await deliveredLines(stack)).filter(({ user_id }) => user_id === "browser_user");
      return mine.length >= 201 ? mine : undefined;
    });
    expect(lines.map(({ seq }) => Number(seq)).sort((a, b) => a - b)).toEqual(numbers(1, 201));
    expect(lines.filter(({ event_type }) => event_type === "session_start")).toMatchObject([
      { session_number: 1, platform: "web" },
    ]);
  } finally {
    await stopStack(stack);
    await discard(stack);
  }
});
