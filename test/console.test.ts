import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page, Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Incident, Report } from "../worker/console/types.ts";
import { launchBrowser } from "./browser-game.ts";
import {
  deliveredLines,
  discard,
  flushAll,
  newData,
  post,
  queueStats,
  type RunningStack,
  startStack,
  stopStack,
  until,
} from "./stack.ts";

const LIMIT_BYTES = 100 * 1024;
const PAGES = ["", "/live", "/rejected", "/drift", "/reports", "/dead-letters", "/keys", "/privacy"];
/** Of what Chromium prints, what the console answers for: a refused key is a 401, which it prints, too. */
const EXPECTED =
  /the server responded with a status of [45]\d\d|net::ERR_FAILED|WebSocket connection to .* failed/;

/** Chromium prints only what a policy keeps from loading. */
const TELL_VIOLATIONS = `document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  console.error("violates " + violatedDirective + ": " + blockedURI))`;

let stack: RunningStack;
let browser: Browser;
let axe: string;
/** A tab that has signed in. To load one takes longer than most of what is looked at in it. */
let shared: Page | undefined;

/** What no page of the console may do: ask another origin, break its own policy, throw. */
const misdeeds: string[] = [];

beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const launching = launchBrowser();
  stack = await startStack(await newData(), 1);
  await makeDeadLetters(3);
  browser = await launching;
});

afterAll(async () => {
  await browser?.close();
  await stopStack(stack);
  await discard(stack);
});

afterEach(async () => {
  // Tabs that nobody looks at any more would go on asking.
  const done = browser.contexts().filter((context) => context !== shared?.context());
  await Promise.all(done.map((context) => context.close()));
  await shared?.unrouteAll();
  await shared?.goto(`${stack.url}/console/#/`);
  expect(misdeeds.splice(0)).toEqual([]);
});

/** A tab of its own, which is watched. */
async function newTab(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const tab = await context.newPage();
  tab.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${stack.url}/`) && !url.startsWith("data:")) misdeeds.push(`asked ${url}`);
    if (url.includes(stack.keys.admin)) misdeeds.push(`the key is in the address ${url}`);
  });
  tab.on("websocket", (socket) => {
    if (!socket.url().startsWith(stack.url.replace("http", "ws")))
      misdeeds.push(`connected to ${socket.url()}`);
  });
  tab.on("pageerror", (error) => misdeeds.push(String(error)));
  tab.on("console", (message) => {
    if (message.type() === "error" && !EXPECTED.test(message.text())) misdeeds.push(message.text());
  });
  await tab.addInitScript({ content: TELL_VIOLATIONS });
  return tab;
}

async function signIn(tab: Page, key = stack.keys.admin): Promise<void> {
  await tab.goto(`${stack.url}/console`);
  await tab.getByLabel("Key", { exact: true }).fill(key);
  await tab.getByRole("button", { name: "Sign in" }).click();
  await tab.getByRole("heading", { name: "Overview" }).waitFor();
}

/** A page of the game, in the shared tab. */
async function openPage(path: string): Promise<Page> {
  shared ??= await newTabAt(path);
  await go(shared, path);
  return shared;
}

/** A page of the game, in a tab of its own that has signed in before. */
async function newTabAt(
  path: string,
  key = stack.keys.admin,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const tab = await newTab(options);
  await tab.addInitScript({ content: `sessionStorage.setItem("playtrail.key", "${key}")` });
  await go(tab, path);
  return tab;
}

const go = (tab: Page, path: string) => tab.goto(`${stack.url}/console/#/games/${stack.game}${path}`);

/** Lets so much time pass for a page as it waits before it asks again. */
const askAgain = (tab: Page) => tab.clock.runFor(10_000);

/** What the console says it did. */
const said = (tab: Page, text: string | RegExp) =>
  tab.getByRole("status").filter({ hasText: text }).waitFor();

const areDisabled = (buttons: { disabled?: boolean }[]) => buttons.map(({ disabled }) => disabled);

const dialog = (tab: Page, button: string | RegExp) =>
  tab.getByRole("dialog").getByRole("button", { name: button });

/** An event of a user that nobody else has. */
const anEvent = (user_id: string, more: object = {}) => ({
  event_type: "custom",
  name: "by_hand",
  user_id,
  session_id: "s",
  platform: "web",
  app_version: "1.0",
  timestamp: new Date().toISOString(),
  ...more,
});

const fault = (body: object) =>
  fetch(`${stack.firehose}/__faults`, { method: "POST", body: JSON.stringify(body) });

/** The checks of every ten minutes are made now. */
const check = () => fetch(`${stack.url}/cdn-cgi/local/scheduled?cron=watch`);

const BREAKER: Incident = {
  id: "9f2d6c1e-7c1b-4f53-9f0e-2b8a4c1d3e5f",
  game: "my_game",
  check: "breaker_open",
  about: null,
  state: "open",
  detail: "1 of 4 queues cannot deliver: AccessDeniedException",
  since: "2026-11-21T12:38:00.000Z",
  opened_at: "2026-11-21T12:39:00.000Z",
  seen_at: "2026-11-21T12:49:00.000Z",
  recovered_at: null,
  told_at: "2026-11-21T12:39:00.000Z",
  runbook: "docs/operations.md#breaker-open",
};
const RATES: Incident = {
  ...BREAKER,
  id: "0c7e8a52-1f63-4d0b-8a39-5d1e6b7f2a90",
  game: null,
  check: "rates_old",
  state: "recovered",
  detail: "the latest exchange rates are 8 days old",
  since: "2026-11-12T15:00:00.000Z",
  recovered_at: "2026-11-20T15:09:00.000Z",
};
const REVENUE: Incident = {
  ...RATES,
  id: "5b1f9e04-3a7d-4c68-b2e1-8f6d0c9a7e13",
  game: "my_game",
  check: "revenue_anomaly",
  about: "EUR",
  detail: "12.47 EUR in the last hour, 214.90 EUR is usual: z-score -4.1",
};
const DAY: Report = {
  day: "2026-11-20",
  events: { received: 1_284_310, accepted: 1_271_002, duplicates: 1_204, rejected: 12_104 },
  rejected_share: 0.0094,
  top_reasons: [
    { code: "invalid_decimal", field: "price", count: 9_120 },
    { code: "required", field: "action", count: 2_984 },
  ],
  active_players: 20_480,
  purchases: 1_204,
  revenue: { EUR: "11247.4700", JPY: "310000", USD: "4312.99" },
  dead_letters: 3,
  latency_p95_ms: 9_120,
  cost_per_million_usd: 0.0815,
};
const DAY_HALF_KNOWN: Report = {
  ...DAY,
  day: "2026-11-19",
  rejected_share: 0,
  top_reasons: [],
  active_players: null,
  purchases: null,
  revenue: null,
  latency_p95_ms: null,
};

/** A day must pass before there is a report: pages are given answers as the collector has them then. */
async function tellOfDays(tab: Page): Promise<void> {
  const incidents = [BREAKER, REVENUE, RATES];
  await tab.route(/\/incidents$/, (route) => route.fulfill({ json: { incidents } }));
  await tab.route(/\/reports$/, (route) => route.fulfill({ json: { reports: [DAY, DAY_HALF_KNOWN] } }));
}

const spaced = (text: string) => text.replace(/\s+/g, " ").trim();

/** Somebody else replays a dead letter. */
async function replayOne(): Promise<void> {
  const headers = { Authorization: `Bearer ${stack.keys.admin}`, "Content-Type": "application/json" };
  const letters = `${stack.url}/v1/games/${stack.game}/dead-letters`;
  const page = (await (await fetch(letters, { headers })).json()) as { dead_letters: { id: string }[] };
  const body = JSON.stringify({ ids: page.dead_letters.slice(0, 1).map(({ id }) => id) });
  await fetch(`${letters}/replay`, { method: "POST", headers, body });
}

/** Events that Firehose refuses for good, as dead letters. */
async function makeDeadLetters(count: number): Promise<void> {
  await fault({ mode: "refuse_record", match: "poison" });
  await post(
    stack,
    Array.from({ length: count }, (_, n) => anEvent("poison", { value: n })),
  );
  await until("the poison is found", async () => {
    await post(stack, anEvent("fine")); // nobody is guilty until others were taken
    return (await flushAll(stack)).dead_letters.events === count || undefined;
  });
  await fault({ mode: "none" });
}

describe("signing in", () => {
  it("tells in words why a key is not taken, and lets in with one that is", async () => {
    const tab = await newTab();
    await tab.goto(`${stack.url}/console`);
    const [head, payload] = stack.keys.admin.split(".");
    for (const [key, why] of [
      ["secret", "This is no key"],
      [stack.keys.write, "A write key may not read"],
      [`${head}.${payload}.forged`, "The key is not one of this collector's"],
    ] as const) {
      await tab.getByLabel("Key", { exact: true }).fill(key);
      await tab.getByRole("button", { name: "Sign in" }).click();
      await tab.getByRole("alert").filter({ hasText: why }).waitFor();
    }
    await signIn(tab);
    await tab.reload();
    await tab.getByRole("link", { name: stack.game }).waitFor();
    const stored = () =>
      tab.evaluate("[Object.values(sessionStorage), localStorage.length, document.cookie]");
    expect(await stored()).toEqual([[stack.keys.admin], 0, ""]);
    await tab.getByRole("button", { name: "Sign out" }).click();
    await tab.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await stored()).toEqual([[], 0, ""]);
  });

  it("and opening an event's JSON needs nothing but a keyboard", async () => {
    const tab = await newTab();
    await tab.goto(`${stack.url}/console/#/games/${stack.game}/live`);
    await tab.getByLabel("Key", { exact: true }).and(tab.locator(":focus")).waitFor();
    await tab.keyboard.insertText(stack.keys.read);
    await tab.keyboard.press("Enter");
    await tab.getByText("connected").waitFor();
    await post(stack, anEvent("keyboard"));
    const event = tab.getByRole("row", { name: /custom keyboard by_hand/ });
    await event.waitFor();
    await tab.getByRole("button", { name: "Pause" }).press("Enter");
    const hasFocus = () => event.getByRole("button").evaluate((button) => button.matches(":focus"));
    for (let presses = 0; presses < 100 && !(await hasFocus()); presses++) await tab.keyboard.press("Tab");
    await tab.keyboard.press("Enter");
    await tab.getByRole("dialog").getByText('"user_id": "keyboard"').waitFor();
    await tab.keyboard.press("Escape");
    await tab.getByRole("dialog").waitFor({ state: "detached" });
    expect(await hasFocus()).toBe(true);
  });

  it("with a key that only reads shows nothing that it could not do", async () => {
    const tab = await newTabAt("/dead-letters", stack.keys.read);
    await tab
      .getByRole("button", { name: /^Inspect/ })
      .first()
      .waitFor();
    expect(await tab.getByRole("navigation").getByRole("link").allTextContents()).toEqual([
      "Overview",
      "Game",
      "Live",
      "Rejected",
      "Drift",
      "Reports",
      "Dead letters",
    ]);
    for (const path of ["", "/live", "/dead-letters"]) {
      await go(tab, path);
      expect(await tab.getByRole("button", { name: /…$/ }).count()).toBe(0);
    }
  });

  it("ends as soon as the key is revoked", async () => {
    const headers = { Authorization: `Bearer ${stack.keys.admin}`, "Content-Type": "application/json" };
    const keys = `${stack.url}/v1/games/${stack.game}/keys`;
    const minted = await fetch(keys, { method: "POST", headers, body: '{"role":"read"}' });
    const { id, key } = (await minted.json()) as { id: string; key: string };
    const tab = await newTabAt("", key);
    await tab.getByText("Active players").waitFor();
    await fetch(`${keys}/${id}`, { method: "DELETE", headers });
    await go(tab, "/rejected");
    await tab.getByRole("alert").filter({ hasText: "The key was revoked" }).waitFor();
  });
});

describe("what is shown", () => {
  it("moves while events come", async () => {
    const tab = await newTab();
    await tab.clock.install();
    await signIn(tab);
    const accepted = async () =>
      Number(
        (await tab.getByRole("row", { name: stack.game }).getByRole("cell").nth(6).textContent())?.replace(
          /\D/g,
          "",
        ),
      );
    const before = await accepted();
    await post(
      stack,
      Array.from({ length: 100 }, (_, n) => anEvent("many", { value: n })),
    );
    await askAgain(tab);
    await until("the overview has them", async () => (await accepted()) >= before + 100 || undefined);

    await tab.getByRole("link", { name: stack.game }).click();
    await tab.getByRole("heading", { name: stack.game }).waitFor();
    await tab.getByRole("img", { name: /^Events a minute. In 60 minutes: .*custom/ }).waitFor();
    await tab.getByRole("row", { name: /enam\/0 delivering/ }).waitFor();
  });

  it("says first of all that delivery has stopped, and when it goes on", async () => {
    const tab = await newTab();
    await tab.clock.install();
    await signIn(tab);
    await go(tab, "");
    await fault({ mode: "unavailable" });
    await until("the breaker is open", async () => {
      await post(stack, anEvent("patient"));
      return (await flushAll(stack)).delivery.state === "open" || undefined;
    });
    await askAgain(tab);
    await tab.getByText("Delivery has stopped.").waitFor();
    await tab.getByRole("row", { name: /enam\/0 (stopped|trying again)/ }).waitFor();
    await fault({ mode: "none" });
    await flushAll(stack);
    await askAgain(tab);
    await tab.getByText("Delivery has stopped.").waitFor({ state: "detached" });
    await tab.getByRole("row", { name: /enam\/0 delivering/ }).waitFor();
  });

  it("names what is wrong, since when and what to do, until it is over", async () => {
    const tab = await newTab();
    await tab.clock.install();
    await signIn(tab);
    await go(tab, "/reports");
    await tab.getByText("No incident is open.").waitFor();
    await tab.getByText("The first report comes at 06:14 UTC").waitFor();
    await fault({ mode: "unavailable" });
    await until("the breaker is open", async () => {
      await post(stack, anEvent("patient"));
      return (await flushAll(stack)).delivery.state === "open" || undefined;
    });
    await check();
    await askAgain(tab);
    await tab.getByRole("heading", { name: "breaker open" }).waitFor();
    await tab.getByText("What to do: docs/operations.md#breaker-open").waitFor();
    await go(tab, "");
    await tab.getByText(/open incidents?: .*breaker open/).waitFor();
    await fault({ mode: "none" });
    await flushAll(stack);
    await check();
    await check();
    await askAgain(tab);
    await tab.getByText("breaker open").waitFor({ state: "detached" });
    await go(tab, "/reports");
    await tab.getByText("No incident is open.").waitFor();
    await tab.getByRole("row", { name: /^breaker open .* 1 of 1 queues? cannot deliver/ }).waitFor();
  });

  it("tells how each day was, and leaves a dash where that is not known", async () => {
    const tab = await openPage("");
    await tellOfDays(tab);
    await go(tab, "/reports");
    const rows = tab.getByRole("table", { name: "Daily reports" }).getByRole("row");
    await rows.nth(2).waitFor();
    const cells = async (n: number) => (await rows.nth(n).locator("th, td").allInnerTexts()).map(spaced);
    expect([await cells(1), await cells(2)]).toEqual([
      [
        "2026-11-20",
        "1,284,310",
        "20,480",
        "1,204",
        "3",
        "9.1 s",
        "$0.08",
        "0.9 % invalid_decimal price 9,120 required action 2,984",
        "11,247.4700 EUR 310,000 JPY 4,312.99 USD",
      ],
      ["2026-11-19", "1,284,310", "–", "–", "3", "–", "$0.08", "0 %", "–"],
    ]);
    await tab.getByRole("row", { name: /^revenue anomaly \(EUR\) 2026-11-12 15:00:00/ }).waitFor();
    await tab.getByRole("row", { name: /^rates old all games .* 8 d the latest exchange rates/ }).waitFor();
  });

  it("stays, and says from when it is, while the collector does not answer", async () => {
    const tab = await newTab();
    await tab.clock.install();
    await signIn(tab);
    await go(tab, "");
    await tab.getByText("Active players").waitFor();
    const detail = "the registry could not be reached: ask again";
    await tab.route(/\/live$/, (route) =>
      route.fulfill({ status: 503, json: { code: "registry_unreachable", detail } }),
    );
    await askAgain(tab);
    await tab
      .getByText(/^The registry could not be reached: ask again. What you see is from \d\d:\d\d:\d\d UTC/)
      .waitFor();
    expect(await tab.getByText("Active players").count()).toBe(1);
    await tab.unroute(/\/live$/);
    await askAgain(tab);
    await tab.getByText("The registry could not be reached").waitFor({ state: "detached" });
  });

  it("is not asked for while nobody sees the tab", async () => {
    const tab = await newTab();
    await tab.clock.install();
    await signIn(tab);
    let asked = 0;
    tab.on("request", () => asked++);
    const see = (isHidden: boolean) =>
      tab.evaluate(`Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"))`);
    await see(true);
    await askAgain(tab); // what was under way comes to its end
    const before = asked;
    await tab.clock.runFor(60_000);
    expect(asked).toBe(before);
    const asking = tab.waitForRequest(`${stack.url}/v1/games`);
    await see(false);
    await asking;
  });

  it("names why events are rejected, with an example, and which fields are unknown", async () => {
    await post(stack, [anEvent("picky", { event_type: "ad" }), anEvent("picky", { mood: "good" })]);
    const tab = await openPage("/rejected");
    await tab.getByRole("button", { name: /^Show an example of required action/ }).click();
    await tab.getByRole("dialog").getByText('"user_id": "picky"').waitFor();
    await go(tab, "/drift");
    await tab.getByRole("row", { name: "mood custom 1.0 1" }).waitFor();
  });

  it("has an event on the page within a second of its being sent", async () => {
    const tab = await openPage("/live");
    await tab.getByText("connected").waitFor();
    await post(stack, anEvent("warm_up"));
    await tab.getByRole("row", { name: /warm_up/ }).waitFor();
    const sent = performance.now();
    await post(stack, anEvent("quick"));
    await tab.getByRole("row", { name: /accepted custom quick by_hand/ }).waitFor();
    expect(performance.now() - sent).toBeLessThan(1_000);
  });

  it("goes on after the connection was lost, and every frame is acknowledged", async () => {
    const tab = await newTab();
    const connections: { close(): Promise<void>; frames: number[]; acks: number[] }[] = [];
    await tab.routeWebSocket(/\/tail$/, (page) => {
      const collector = page.connectToServer();
      const [frames, acks]: [number[], number[]] = [[], []];
      collector.onMessage((frame) => {
        frames.push(JSON.parse(String(frame)).n);
        page.send(frame);
      });
      page.onMessage((message) => {
        const { ack } = JSON.parse(String(message));
        if (ack !== undefined) acks.push(ack);
        collector.send(message);
      });
      connections.push({ close: () => page.close({ code: 1013, reason: "too slow" }), frames, acks });
    });
    await signIn(tab);
    await go(tab, "/live");
    await tab.getByText("connected").waitFor();
    await connections[0]?.close();
    await tab.getByText("connection lost, trying again").waitFor();
    await tab.getByText("connected").waitFor();
    await post(stack, anEvent("after_all"));
    await tab.getByRole("row", { name: /custom after_all by_hand/ }).waitFor();
    const second = await until("the frames are acknowledged", async () =>
      connections[1]?.acks.length === connections[1]?.frames.length ? connections[1] : undefined,
    );
    expect([connections.length, second.acks]).toEqual([2, second.frames]);
  });

  it("of live events is what the filter asks for, and stands still when paused", async () => {
    const tab = await openPage("/live");
    await tab.getByText("connected").waitFor();
    await tab.getByLabel("User").fill("wanted");
    await tab.getByLabel("User").press("Enter");
    await post(stack, [anEvent("unwanted"), anEvent("wanted"), anEvent("wanted", { app_version: "" })]);
    const rows = tab.getByRole("row").filter({ hasText: "wanted" });
    await rows.nth(1).waitFor();
    const users = async () => (await rows.allTextContents()).map((text) => text.replace(/^[\d:]+/, ""));
    expect((await users()).toSorted()).toEqual([
      "acceptedcustomwantedby_hand",
      "rejectedcustomwantedby_hand",
    ]);
    await tab.getByRole("button", { name: "Pause" }).click();
    await post(stack, anEvent("wanted"));
    await tab.getByRole("button", { name: "Resume (1 new)" }).waitFor();
    expect(await rows.count()).toBe(2);
    await tab.getByRole("button", { name: "Clear" }).click();
    await rows.first().waitFor({ state: "detached" });
    await post(stack, anEvent("wanted"));
    await tab.getByRole("button", { name: "Resume (1 new)" }).click();
    await rows.first().waitFor();
    expect(await rows.count()).toBe(1);
  });
});

describe("what is done", () => {
  it("sends a test event, and shows it", async () => {
    const tab = await openPage("/live");
    await tab.getByText("connected").waitFor();
    await tab.getByRole("button", { name: "Send a test event …" }).click();
    await dialog(tab, "Send").click();
    await said(tab, "Sent: 1 accepted.");
    await tab.getByRole("row", { name: /accepted custom console-test console_test/ }).waitFor();
  });

  it("is refused in words where the collector refuses it, and the question stays", async () => {
    const tab = await openPage("/dead-letters");
    await tab.getByRole("button", { name: "Purge all …" }).click();
    await tab.getByRole("dialog").getByRole("textbox").fill("3");
    await replayOne();
    await dialog(tab, "Purge 3 events").click();
    await tab.getByRole("dialog").getByRole("alert").filter({ hasText: "There are 2 such events" }).waitFor();
  });

  it("is offered for an erasure that was refused, too, which is no event", async () => {
    const tab = await openPage("");
    const stats = { ...(await queueStats(stack)), dead_letters: { events: 0, bytes: 412 } };
    const letter = { id: "enam/0/1", shard: `${stack.game}/enam/0`, at: stats.at, code: "InternalFailure" };
    const dead_letters = [
      { ...letter, message: "", attempts: 3, bytes: 412, history: [], line: { record_type: "erasure" } },
    ];
    await tab.route(/\/queue$/, (route) => route.fulfill({ json: stats }));
    await tab.route(/\/dead-letters$/, (route) => route.fulfill({ json: { dead_letters, next: null } }));
    await go(tab, "/dead-letters");
    await tab.getByRole("table", { name: "0 events, 412 B" }).waitFor();
    await tab.getByRole("button", { name: "Replay all …" }).click();
    await tab.getByRole("dialog").waitFor();
  });

  it("is not let go of before it is known what became of it", async () => {
    const tab = await openPage("/keys");
    const held: Route[] = [];
    await tab.route(/\/keys$/, (route) =>
      route.request().method() === "POST" ? void held.push(route) : route.continue(),
    );
    await tab.getByRole("button", { name: "Mint a key …" }).click();
    await dialog(tab, "Mint").click();
    await dialog(tab, "Working …").waitFor();
    for (let presses = 0; presses < 3; presses++) await tab.keyboard.press("Escape");
    expect(await dialog(tab, /Cancel|Close/).evaluateAll(areDisabled)).toEqual([true]);
    for (const route of held) await route.abort();
    await tab.getByRole("dialog").getByText("It may have been done nevertheless").waitFor();
    await tab.keyboard.press("Escape");
    await tab.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("replays and purges dead letters, once it was asked for in full", async () => {
    const tab = await openPage("/dead-letters");
    const rows = tab.getByRole("row").filter({ hasText: "InternalFailure" });
    await rows
      .first()
      .getByRole("button", { name: /^Inspect/ })
      .click();
    await tab.getByRole("dialog").getByText('"user_id": "poison"').waitFor();
    await dialog(tab, "Close").click();

    await rows.first().getByRole("checkbox").check();
    await tab.getByRole("button", { name: "Replay selected (1) …" }).click();
    await dialog(tab, "Replay 1 event").click();
    await said(tab, "Replayed 1 event");
    await until("both that were replayed are delivered", async () => {
      await flushAll(stack);
      const delivered = (await deliveredLines(stack)).filter(({ user_id }) => user_id === "poison");
      return delivered.length === 2 || undefined;
    });

    await tab.getByRole("button", { name: "Purge all …" }).click();
    expect(await dialog(tab, "Purge 1 event").isEnabled()).toBe(false);
    await tab.getByRole("dialog").getByRole("textbox").fill("1");
    await dialog(tab, "Purge 1 event").click();
    await said(tab, "Purged 1 event for good");
    await tab.getByText("There are no dead letters.").waitFor();
    expect((await queueStats(stack)).dead_letters.events).toBe(0);
  });

  it("mints a key that works, shown once, and revokes it", async () => {
    const tab = await newTabAt("/keys", undefined, { permissions: ["clipboard-read", "clipboard-write"] });
    await tab.getByLabel("Name, to tell it from others").fill("ios 1.4");
    await tab.getByRole("button", { name: "Mint a key …" }).click();
    await dialog(tab, "Mint").click();
    await dialog(tab, "Copy").click();
    await tab.getByText("Copied.").waitFor();
    for (let presses = 0; presses < 3; presses++) await tab.keyboard.press("Escape");
    const write = await tab.evaluate<string>("navigator.clipboard.readText()");
    const send = () => post({ ...stack, keys: { ...stack.keys, write } }, anEvent("minted"));
    expect((await send()).status).toBe(202);
    await dialog(tab, "I have it").click();
    await said(tab, "Minted a write key");
    expect(await tab.content()).not.toContain(write);

    await tab.getByRole("button", { name: "Revoke ios 1.4" }).click();
    await dialog(tab, "Revoke").click();
    await said(tab, "it is refused from now on");
    const refused = await send();
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: "revoked_key" }]);
    await tab.getByRole("row", { name: /ios 1.4 write .* revoked/ }).waitFor();
  });

  it("erases a player, and has it in the audit", async () => {
    await post(stack, anEvent("forget_me"));
    const tab = await openPage("/privacy");
    await tab.getByLabel("Erase a player").fill("forget_me");
    await tab.getByRole("button", { name: "Erase …" }).click();
    expect(await dialog(tab, "Erase").isEnabled()).toBe(false);
    await tab.getByRole("dialog").getByRole("textbox").fill("forget_me");
    await dialog(tab, "Erase").click();
    await said(tab, /Erased: \d events? taken out/);
    await tab.getByRole("row", { name: /told/ }).waitFor();
    await tab.getByRole("row", { name: /erased a player/ }).waitFor();
    expect(await tab.content()).not.toContain("forget_me");
    const before = (await queueStats(stack)).totals.erased;
    await post(stack, anEvent("forget_me"));
    expect((await queueStats(stack)).totals.erased).toBe(before + 1);
  });
});

describe("every page", () => {
  it("comes with the first one: no more is loaded than 100 KiB", async () => {
    const tab = await newTab();
    const sizes: Promise<number>[] = [];
    tab.on("response", (response) => {
      if (!response.url().startsWith(`${stack.url}/console`) || response.status() !== 200) return;
      sizes.push(response.body().then((body) => gzipSync(body, { level: 6 }).length));
    });
    await signIn(tab);
    for (const path of PAGES) await go(tab, path);
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect([sizes.length, bytes < LIMIT_BYTES]).toEqual([3, true]);
    const page = await fetch(`${stack.url}/console/`);
    expect(page.headers.get("Content-Security-Policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect([page.headers.get("X-Content-Type-Options"), page.headers.get("Referrer-Policy")]).toEqual([
      "nosniff",
      "no-referrer",
    ]);
  });

  it.each([
    ["on a desk, in light colours", { colorScheme: "light" }, [320, 390, 900, 1100, 1280]],
    ["on a phone, in dark colours", { colorScheme: "dark", viewport: { width: 360, height: 800 } }, [360]],
  ] as const)("can be used by anyone %s, and fits its window", async (name, options, widths) => {
    const tab = await newTab(options);
    await tab.goto(`${stack.url}/console`);
    const found = await faults(tab, "/sign-in", name, widths);
    await tellOfDays(tab);
    await signIn(tab);
    await tab.getByRole("row", { name: stack.game }).waitFor();
    found.push(...(await faults(tab, "/overview", name, widths)));
    for (const path of PAGES) {
      await go(tab, path);
      await tab.getByText("Loading …").first().waitFor({ state: "detached" });
      if (path === "/live") await tab.getByRole("row").nth(3).waitFor();
      found.push(...(await faults(tab, path || "/game", name, widths)));
    }
    expect(found).toEqual([]);
  });
});

/** What axe-core calls serious or worse on the page as it stands, and in windows of which width it does not fit. */
async function faults(tab: Page, path: string, name: string, widths: readonly number[]): Promise<string[]> {
  const directory = process.env.SCREENSHOTS;
  const file = `${directory}/console${path.replace("/", "-")} ${name}.png`.replaceAll(" ", "-");
  if (directory) await tab.screenshot({ path: file, fullPage: true });
  // A script tag would break the policy.
  if (await tab.evaluate("typeof axe === 'undefined'")) await tab.evaluate(axe);
  const { violations } = await tab.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = serious.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${path} ${id}: ${html} ${failureSummary}`),
  );
  return [...told, ...(await tooWide(tab, path, widths))];
}

async function tooWide(tab: Page, path: string, widths: readonly number[]): Promise<string[]> {
  const told: string[] = [];
  const usual = tab.viewportSize() ?? { width: 1280, height: 800 };
  for (const width of widths) {
    await tab.setViewportSize({ ...usual, width });
    const excess = await tab.evaluate<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    if (excess > 0) told.push(`${path} is ${excess} px wider than a window of ${width} px`);
  }
  await tab.setViewportSize(usual);
  return told;
}
