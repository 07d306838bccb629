import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../sdk/node/index.ts";
import { launchBrowser } from "./browser-game.ts";
import {
  deliveredLines,
  discard,
  flushAll,
  type Line,
  newData,
  queueStats,
  type RunningStack,
  startStack,
  stopStack,
  until,
} from "./stack.ts";

const EXAMPLES = join(import.meta.dirname, "..", "examples");

/** Where an example imports the SDK by its name, it gets the one that stands here, built or not. */
const SDK = new URL("../sdk/node/index.ts", import.meta.url).href;
const WITH_SDK = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({ resolve: (name, context, next) => next(name === "playtrail/node" ? "${SDK}" : name, context) });
`)}`;

const run = promisify(execFile);

let stack: RunningStack;

beforeAll(async () => {
  stack = await startStack(await newData(), 0);
});

afterAll(async () => {
  expect(await stopStack(stack)).toBe(0);
  await expect(fetch(stack.game_url)).rejects.toThrow();
  await discard(stack);
});

/** The events of a player, in the order that they happened, once there are so many. */
async function delivered(player: string, count: number): Promise<Line[]> {
  const lines = await until(`${count} events of ${player} are delivered`, async () => {
    await flushAll(stack);
    const theirs = (await deliveredLines(stack)).filter(({ user_id }) => user_id === player);
    return theirs.length >= count ? theirs : undefined;
  });
  return lines.toSorted((a, b) => Number(a.seq) - Number(b.seq));
}

/** What the collector adds to each line, and what the game's client says with each event, left away. */
function ownFields(line: Line): Line {
  const shared = ["event_id", "user_id", "session_id", "seq", "platform", "app_version", "schema_version"];
  const added = [
    "timestamp",
    "client_timestamp",
    "ingestion_timestamp",
    "collector",
    "request_id",
    "country",
  ];
  const constant = ["record_type", "game_id"];
  return Object.fromEntries(
    Object.entries(line).filter(([name]) => ![...shared, ...added, ...constant].includes(name)),
  );
}

describe("the HTML5 game", () => {
  let browser: Browser;
  let tab: Page;
  /** What no page of it may do: ask anybody but its own server and the collector, throw, complain. */
  const misdeeds: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
    tab = await context.newPage();
    tab.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol !== "data:" && origin !== stack.url && origin !== stack.game_url)
        misdeeds.push(`asked ${request.url()}`);
    });
    tab.on("pageerror", (error) => misdeeds.push(String(error)));
    tab.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) misdeeds.push(message.text());
    });
  });

  afterAll(() => browser?.close());

  const press = (name: string | RegExp) => tab.getByRole("button", { name }).click();
  const heading = (name: string | RegExp) => tab.getByRole("heading", { name }).waitFor();
  const textOf = async (selector: string) => (await tab.locator(selector).textContent()) ?? "";

  /** Lets go whenever another star lies ahead, by key, until the level is complete. */
  async function playWell(): Promise<void> {
    await tab.evaluate(`(async () => {
      const main = await import("/main.js");
      const { isAimed } = await import("/game.js");
      const goal = main.flight.stars.length - 1;
      while (main.flight.at !== goal) {
        if (!main.flight.isFree && isAimed(main.flight))
          document.dispatchEvent(new KeyboardEvent("keydown", { code: "Space" }));
        await new Promise(requestAnimationFrame);
      }
    })()`);
  }

  /** Resolves when the comet heads downwards from the first star: let go now, it is lost. */
  async function untilItHeadsDown(): Promise<void> {
    await tab.evaluate(`(async () => {
      const main = await import("/main.js");
      const { starAt } = await import("/game.js");
      const isOnItsWayDown = ({ comet, isFree, spin }) => !isFree && (comet.x - starAt(main.flight).x) * spin > 20;
      while (!isOnItsWayDown(main.flight)) await new Promise(requestAnimationFrame);
    })()`);
  }

  async function picture(name: string): Promise<void> {
    const directory = process.env.SCREENSHOTS;
    if (directory) await tab.screenshot({ path: `${directory}/game-${name}.png` });
  }

  async function seriousFaults(): Promise<string[]> {
    await tab.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
    const { violations } = await tab.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
      );
  }

  it("sends nothing before its player has allowed it", async () => {
    await tab.goto(stack.game_url);
    await press(/Sign in/);
    await tab.getByText("What the studio hears").click();
    await press(/50 coins/);
    expect(await textOf("#summary")).toBe("2 reported: 0 arrived, 2 waiting, 0 dropped");
    await tab.getByLabel(/Share how I play/).check();
    await tab.getByLabel(/Share how I play/).uncheck();
    expect(await tab.evaluate("Object.keys(localStorage)")).toEqual(["comet"]);
  });

  it("is played by key, mouse and touch, and each thing that happens arrives, once and as it was", async () => {
    await tab.getByLabel(/Share how I play/).check();
    const account = await textOf("#account");

    await tab.getByRole("button", { name: "Play level 1" }).press("Enter");
    await playWell();
    await heading("Level 1 complete");
    const { score, collected } = {
      score: Number(await textOf("#score")),
      collected: Number(await textOf('[data-screen="complete"] [data-show="collected"]')),
    };
    await picture("complete");

    await press(/50 coins/);
    await press(/Shield/);
    expect(Number(await textOf("#coins"))).toBe(50 + collected + 50 - 8);

    await press("Play level 2");
    await untilItHeadsDown();
    await tab.touchscreen.tap(195, 400);
    await tab.waitForFunction(`import("/main.js").then(({ flight }) => !flight.hasShield)`);
    await untilItHeadsDown();
    await tab.mouse.click(195, 400);
    await heading("Lost in space");
    await press("Watch an ad and go on");
    await press("I have seen it all");
    await untilItHeadsDown();
    await tab.keyboard.press("Space");
    await heading("Once more?");
    await picture("failed");

    for (let frame = 0; frame < 3; frame++)
      await tab.evaluate(`dispatchEvent(new ErrorEvent("error", { message: "Texture missing" }))`);
    await press("Leave");
    await heading("See you");
    await picture("bye");
    await tab.goto("about:blank");

    const coins = { flow: "source", resource: "coins" };
    const ad = {
      event_type: "ad",
      ad_type: "rewarded_video",
      placement: "second_chance",
      network: "pretend_network",
    };
    const level1 = { event_type: "progression", level: "sky/level1", attempt: 1 };
    const level2 = { event_type: "progression", level: "sky/level2", attempt: 1 };
    const fps = { event_type: "performance", metric: "fps", value: expect.any(Number) };
    const expected = [
      { event_type: "session_start", session_number: 1, client_dropped: { denied: 3 } },
      { ...level1, status: "start" },
      { ...level1, status: "complete", score },
      ...(collected > 0
        ? [{ event_type: "resource", ...coins, amount: collected, item_type: "level", item_id: "sky/level1" }]
        : []),
      { ...fps, scene: "sky/level1" },
      {
        event_type: "purchase",
        product_id: "coins_50",
        product_name: "50 coins",
        quantity: 1,
        price: "0.99",
        currency: "EUR",
        store: "pretend_store",
        transaction_id: expect.stringMatching(/^pretend-\d+$/),
      },
      { event_type: "resource", ...coins, amount: 50, item_type: "purchase", item_id: "coins_50" },
      {
        event_type: "resource",
        flow: "sink",
        resource: "coins",
        amount: 8,
        item_type: "boost",
        item_id: "shield",
      },
      { ...level2, status: "start" },
      { ...ad, action: "shown" },
      { ...ad, action: "rewarded" },
      { ...level2, status: "fail", score: 0 },
      { ...fps, scene: "sky/level2" },
      { event_type: "error", severity: "error", message: "Texture missing" },
      { event_type: "session_end", duration_seconds: expect.any(Number) },
    ];
    const lines = await delivered(account, expected.length);
    expect(lines.map(ownFields)).toEqual(expected);
    expect(new Set(lines.map(({ session_id }) => session_id)).size).toBe(1);
  });

  it("sends nothing that the collector rejects or warns of", async () => {
    const headers = { Authorization: `Bearer ${stack.keys.read}` };
    const live = await fetch(`${stack.url}/v1/games/${stack.game}/live`, { headers });
    expect(await live.json()).toMatchObject({ rejections: [], warnings: [], drift: [] });
    expect((await queueStats(stack)).totals).toMatchObject({ rejected: 0, duplicates: 0 });
  });

  it("can be read and used by everybody, on a phone and on a desk", async () => {
    const found: string[] = [];
    await tab.goto(stack.game_url);
    await heading("Comet");
    for (const [name, viewport] of [
      ["phone", { width: 320, height: 568 }],
      ["desk", { width: 1280, height: 800 }],
    ] as const) {
      await tab.setViewportSize(viewport);
      await picture(name);
      found.push(...(await seriousFaults()));
      const excess = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
      expect(await tab.evaluate(excess)).toBe(0);
    }
    expect(found).toEqual([]);
  });

  it("goes on where the SDK is kept out", async () => {
    await tab.route(`${stack.url}/sdk.js`, (route) =>
      route.fulfill({ contentType: "text/javascript", body: "" }),
    );
    await tab.goto(stack.game_url);
    await press(/Play level/);
    await untilItHeadsDown();
    expect(await textOf("#summary")).toBe("The SDK was not loaded. The game goes on without it.");
  });

  it("asks nobody else, and prints no error", () => {
    expect(misdeeds).toEqual([]);
  });
});

describe("the Node server", () => {
  let server: ChildProcess;
  let url: string;
  let output = "";

  beforeAll(async () => {
    const env = { PLAYTRAIL_URL: stack.url, PLAYTRAIL_SERVER_KEY: stack.keys.server, PORT: "0" };
    server = spawn(process.execPath, ["--import", WITH_SDK, join(EXAMPLES, "node-server", "index.ts")], {
      env: { ...env, QUEUE_FILE: join(stack.data, "game-server.queue") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [server.stdout, server.stderr]) stream?.on("data", (text) => (output += text));
    url = await until("the server listens", async () => /listening on (\S+)/.exec(output)?.[1]);
  });

  afterAll(() => {
    server.kill("SIGKILL");
  });

  async function ask(path: string, body: object, session = ""): Promise<[number, Record<string, string>]> {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${session}` },
      body: JSON.stringify(body),
    });
    return [response.status, (await response.json()) as Record<string, string>];
  }

  const logIn = (player: string) =>
    ask("/login", { player, platform: "windows", session_id: `session-of-${player}` });

  it("hands a player a token that sends this player's events, and nobody else's", async () => {
    const [status, { token = "" }] = await logIn("token-player");
    expect(status).toBe(200);
    const client = createClient({ url: stack.url, key: token, appVersion: "1.0.0", platform: "windows" });
    const rejected: unknown[] = [];
    client.on("verdict", (verdict) => rejected.push(verdict));
    client.forUser("token-player").track("own");
    client.forUser("somebody-else").track("forged");
    await client.close();
    expect(rejected).toEqual([
      expect.objectContaining({
        status: "rejected",
        errors: [expect.objectContaining({ path: "user_id", code: "wrong_user" })],
      }),
    ]);
    expect((await delivered("token-player", 1)).map(({ name }) => name)).toEqual(["own"]);
  });

  it("takes what the store confirms, and nothing that it does not know", async () => {
    const [, { session = "" }] = await logIn("payer");
    expect(await ask("/purchases", { receipt: "pretend-1" })).toEqual([401, { error: expect.any(String) }]);
    expect(await ask("/purchases", { receipt: "forged" }, session)).toEqual([
      402,
      { error: expect.any(String) },
    ]);
    expect(await ask("/purchases", {}, session)).toEqual([400, { error: expect.any(String) }]);
    expect(await ask("/purchases", { receipt: "pretend-1" }, session)).toEqual([
      200,
      { granted: "gems_100" },
    ]);
  });

  it("does what the page says", async () => {
    const [, { session: SESSION = "" }] = await logIn("player-7");
    const page = await readFile(join(EXAMPLES, "README.md"), "utf8");
    const [, script = ""] = /^```sh\n(GAME_SERVER=[\s\S]*?)^```$/m.exec(page) ?? [];
    const here = script.replace("http://127.0.0.1:3000", url);
    const env = { PATH: process.env.PATH, SESSION };
    const { stdout } = await run("sh", ["-euc", here.replaceAll("curl ", "curl -fsSw '\\n' ")], { env });
    const [login, purchase] = stdout
      .split("\n")
      .filter(Boolean)
      .map((line): Line => JSON.parse(line));
    expect(login).toEqual({
      session: expect.any(String),
      token: expect.any(String),
      expires_at: expect.any(String),
    });
    expect(purchase).toEqual({ granted: "gems_100" });
  });

  it("reports that as verified, and delivers all of it before it ends when it is told to", async () => {
    const [, { session = "" }] = await logIn("payer");
    const receipts = ["pretend-1", ...Array.from({ length: 40 }, (_, n) => `pretend-last-${n}`)];
    await Promise.all(receipts.slice(1).map((receipt) => ask("/purchases", { receipt }, session)));
    const ended = once(server, "exit");
    for (const signal of ["SIGTERM", "SIGINT"] as const) server.kill(signal); // it comes twice through npm
    expect(await ended).toEqual([0, null]);
    expect(output).not.toContain("the collector had something to say");
    expect(output).toMatch(/closed: 42 events sent, 0 dropped, 0 left for the next start\n$/);
    const lines = await delivered("payer", receipts.length);
    expect(lines.map(({ transaction_id }) => transaction_id).toSorted()).toEqual(receipts.toSorted());
    const [line = {}] = lines;
    expect([line.session_id, line.platform, ownFields(line)]).toEqual([
      "session-of-payer",
      "windows",
      {
        event_type: "purchase",
        product_id: "gems_100",
        product_name: "100 Gems",
        quantity: 1,
        price: "4.99",
        currency: "EUR",
        store: "pretend_store",
        transaction_id: line.transaction_id,
        verified: true,
      },
    ]);
  });
});

describe("the curl script", () => {
  it("sends one event, a batch with a wrong one, and gzip, and says what became of them", async () => {
    const script = join(EXAMPLES, "curl", "events.sh");
    const { stdout, stderr } = await run("sh", [script, join(stack.data, "stack.json")]);
    const answers = stdout.split("\n").filter((line) => line.startsWith("{"));
    const [one, batch, compressed, queue] = answers.map((line): Line => JSON.parse(line));
    expect(stderr).toBe("");
    expect(one).toMatchObject({ accepted: 1, rejected: 0, results: [] });
    expect(batch).toMatchObject({
      accepted: 2,
      rejected: 1,
      results: [{ index: 2, status: "rejected", errors: [{ path: "price", code: "invalid_decimal" }] }],
    });
    expect(compressed).toMatchObject({ accepted: 2, rejected: 0, results: [] });
    expect(queue).toMatchObject({ game: stack.game, delivery: { state: "closed" } });
    expect((await delivered("curl-player", 5)).map(({ event_type }) => event_type).toSorted()).toEqual([
      "install",
      "progression",
      "progression",
      "purchase",
      "resource",
    ]);
  });

  it("says what is missing where no stack runs", async () => {
    const failed = run("sh", [join(EXAMPLES, "curl", "events.sh"), "/nowhere/stack.json"]);
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: "there is no /nowhere/stack.json: run npm start first, or name its stack.json\n",
    });
  });
});
