import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  deliveredLines,
  discard,
  flushAll,
  newData,
  post,
  type RunningStack,
  startStack,
  stopStack,
  until,
} from "./stack.ts";

let stack: RunningStack;
let browser: Browser;
let game: Server;

/** A game's page, on an origin of its own. */
const page = () => `<!doctype html><title>A game</title><script src="${stack.url}/sdk.js"></script>`;

beforeAll(async () => {
  stack = await startStack(await newData(), 0);
  game = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(page())).listen(
    0,
    "127.0.0.1",
  );
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  game?.close();
  await stopStack(stack);
  await discard(stack);
});

it("/docs shows every operation, from the collector's own description, without any other host", async () => {
  const tab = await browser.newPage();
  const problems: string[] = [];
  tab.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  tab.on(
    "request",
    (request) =>
      !request.url().startsWith(stack.url) &&
      !request.url().startsWith("data:") &&
      problems.push(request.url()),
  );
  await tab.goto(`${stack.url}/docs`);
  await tab.getByText("/v1/games/{game}/queue/flush").waitFor();
  await tab.locator("#operations-Collect-post_v1_events").getByRole("button").first().click();
  await tab.getByText("what was accepted is durable").waitFor();
  expect([problems, await tab.locator(".errors-wrapper").count()]).toEqual([[], 0]);
  if (process.env.SCREENSHOTS)
    await tab.screenshot({ path: `${process.env.SCREENSHOTS}/docs.png`, fullPage: true });
});

it("/docs is dark where that is wanted", async () => {
  const lightness = async (colorScheme: "light" | "dark") => {
    const tab = await browser.newPage({ colorScheme });
    await tab.goto(`${stack.url}/docs`);
    await tab.getByText("/v1/games/{game}/queue/flush").waitFor();
    const color = await tab.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
    return color === "rgba(0, 0, 0, 0)" ? 255 : Number(/\d+/.exec(color)?.[0]);
  };
  expect(await lightness("dark")).toBeLessThan(64);
  expect(await lightness("light")).toBeGreaterThan(192);
});

it("/docs/sdk shows the SDK as its doc comments describe it, and finds an option", async () => {
  const tab = await browser.newPage();
  const violations: string[] = [];
  tab.on(
    "console",
    (message) => message.text().includes("Content Security Policy") && violations.push(message.text()),
  );
  await tab.goto(`${stack.url}/docs/sdk`);
  await tab.locator("nav").getByText("react-native", { exact: true }).waitFor();
  await tab.keyboard.press("/");
  await tab.keyboard.type("flushIntervalMs");
  await tab.getByText("ClientOptions.flushIntervalMs").click();
  await tab.getByText("An event waits at most this long for company").first().waitFor();
  expect(violations).toEqual([]);
});

it("the console shows markup in an event as the text that it is, wherever it shows one", async () => {
  const markup = `<img src=x onerror="document.title='ran'"><script>document.title='ran'</script>`;
  const tab = await browser.newPage();
  await tab.goto(`${stack.url}/console`);
  await tab.getByLabel("Key", { exact: true }).fill(stack.keys.admin);
  await tab.getByRole("button", { name: "Sign in" }).click();
  await tab.getByRole("heading", { name: "Overview" }).waitFor();
  await tab.goto(`${stack.url}/console#/games/${stack.game}/live`);
  await tab.getByText("connected").waitFor();
  const common = { user_id: markup, session_id: markup, platform: "web", app_version: "1" };
  await post(stack, [
    { event_type: "custom", name: markup, ...common, properties: { note: markup }, [markup]: markup },
    { event_type: markup, ...common },
  ]);
  await tab.getByRole("row", { name: /accepted.* custom .*onerror/ }).waitFor();
  await tab.goto(`${stack.url}/console#/games/${stack.game}/rejected`);
  await tab
    .getByRole("button", { name: /^Show an example of unknown_event_type/ })
    .first()
    .click();
  await tab.getByRole("dialog").getByText("onerror").first().waitFor();
  await tab.getByRole("dialog").press("Escape");
  await tab.goto(`${stack.url}/console#/games/${stack.game}/drift`);
  await tab.getByRole("row", { name: /onerror/ }).waitFor();
  const ran = [await tab.title(), await tab.locator("img[src=x]").count()];
  expect(ran).toEqual([expect.not.stringContaining("ran"), 0]);
});

it("/sdk.js is the same file whatever a request says of itself", async () => {
  const fetched = async (query: string, headers: Record<string, string>) => {
    const answer = await fetch(`${stack.url}/sdk.js${query}`, { headers });
    return [
      answer.status,
      answer.headers.get("Cache-Control"),
      answer.headers.get("Vary"),
      await answer.text(),
    ];
  };
  const plain = await fetched("", {});
  expect(plain.slice(0, 2)).toEqual([200, "public, max-age=3600, stale-while-revalidate=86400"]);
  for (const [query, headers] of [
    ["?callback=alert(1)", {}],
    ["", { "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Original-URL": "/health" }],
    ["", { Origin: "https://evil.example", "X-HTTP-Method-Override": "DELETE", Range: "bytes=x" }],
  ] as const) {
    expect(await fetched(query, headers)).toEqual(plain);
  }
});

it("/sdk.js sends a page's events from another origin", async () => {
  const tab = await browser.newPage();
  await tab.goto(`http://127.0.0.1:${(game.address() as AddressInfo).port}/`);
  const closed = await tab.evaluate(
    async ({ url, key }) => {
      const { playtrail } = globalThis as unknown as { playtrail: typeof import("../sdk/node/index.ts") };
      const client = playtrail.createClient({
        url,
        key,
        platform: "web",
        appVersion: "1.0",
        userId: "browser_user",
      });
      client.session.start();
      for (let n = 0; n < 200; n++) client.track("frame", { n });
      return client.close();
    },
    { url: stack.url, key: stack.keys.write },
  );
  expect(closed).toEqual({ sent: 201, dropped: 0, pending: 0 });
  const lines = await until("all are delivered", async () => {
    await flushAll(stack);
    const mine = (await deliveredLines(stack)).filter(({ user_id }) => user_id === "browser_user");
    return mine.length >= 201 ? mine : undefined;
  });
  expect(lines.map(({ seq }) => seq).toSorted((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 201 }, (_, n) => n + 1),
  );
});
