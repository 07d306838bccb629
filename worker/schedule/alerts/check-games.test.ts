import { createScheduledController, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import worker from "../../index.ts";
import type { GameQueue } from "../../queue/game-queue.ts";
import { registryOf } from "../../queue/registry.ts";
import { queueFor, queueNamed } from "../../queue/shards.ts";
import { forgetAllGames } from "../../testing/operations.ts";
import { rewriteDelivery } from "../../testing/queue.ts";
import { anEvent, post, withQueuesDown } from "../../testing/requests.ts";
import { newWebhook } from "../../testing/webhooks.ts";
import { WATCH_CRON } from "../crons.ts";
import { operationsOf } from "../operations.ts";
import { type Message, sendAll } from "../webhook/outbox.ts";
import { checkGames } from "./check-games.ts";

const CHECK_MS = 600_000;
const SECRET = "a-secret-of-the-test-suite";
const USER = "a-player-whose-name-nobody-reads";

/** What Firehose says names the account. */
const ERROR = {
  at: "2026-11-21T12:00:00.000Z",
  kind: "permanent" as const,
  code: "AccessDeniedException",
  message: "arn:aws:iam::123456789012:user/collector is not authorized",
  advice: "allow it",
};

let webhook: ReturnType<typeof newWebhook>;
let logged: string[];
let now: number;
let games = 0;

beforeEach(async () => {
  webhook = newWebhook();
  logged = [];
  now = Date.now();
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((line) => logged.push(String(line)));
  await forgetAllGames();
});

afterEach(() => vi.restoreAllMocks());

const bindings = (settings: Record<string, unknown> = {}, base: Env = env): Env =>
  ({ ...base, ALERT_WEBHOOK_URL: webhook.url, ...settings }) as Env;

/** The next check, ten minutes after the one before. */
const check = (settings?: Record<string, unknown>, base?: Env) => {
  now += CHECK_MS;
  return checkGames(bindings(settings, base), now);
};

/** A game with an event, which cannot be delivered. */
async function brokenGame(): Promise<{
  game: string;
  queue: DurableObjectStub<GameQueue>;
  heal: () => Promise<void>;
}> {
  const game = `broken-${++games}`;
  await post(anEvent({ user_id: USER }), { game });
  const queue = queueNamed(env, queueFor(game));
  await rewriteDelivery(queue, { state: "open", consecutiveFailures: 5, lastError: ERROR });
  return { game, queue, heal: () => rewriteDelivery(queue, { state: "closed", consecutiveFailures: 0 }) };
}

/** The messages' first lines. */
const titles = async () => (await webhook.texts()).map((text) => text.split("\n")[0]);

const opened = (game: string) => `*Incident*: delivery to Firehose fails, game \`${game}\``;
const recovered = (game: string) => `*Recovered*: delivery to Firehose fails, game \`${game}\``;

const events = () => logged.map((line) => JSON.parse(line).event);

describe("operators", () => {
  it("are told once of what is wrong, in full, and once when it is over", async () => {
    const { game, heal } = await brokenGame();
    for (let i = 0; i < 3; i++) await check();
    expect(await webhook.texts()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^\\*Incident\\*: delivery to Firehose fails, game \`${game}\`
1 of 1 queues cannot deliver: AccessDeniedException
Since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC. What to do: docs/operations.md#breaker-open$`,
        ),
      ),
    ]);
    await heal();
    await check();
    expect(await titles()).toEqual([opened(game)]);
    await check();
    await check();
    expect(await titles()).toEqual([opened(game), recovered(game)]);
  });

  it("are told by the watchdog's cron, which still looks after queues", async () => {
    const { game } = await brokenGame();
    await worker.scheduled(createScheduledController({ cron: WATCH_CRON }), bindings());
    expect(await titles()).toEqual([opened(game)]);
  });

  it("can verify who told them", async () => {
    await brokenGame();
    await check({ ALERT_WEBHOOK_SECRET: SECRET });
    const [{ headers, body } = { headers: {}, body: "" }] = await webhook.received();
    const [, t, v1] = /^t=(\d+),v1=(\w+)$/.exec(headers["x-playtrail-signature"] ?? "") ?? [];
    expect(v1).toBe(createHmac("sha256", SECRET).update(`${t}.${body}`).digest("hex"));
  });

  it("hear of no player, no account and no secret, and neither does the log", async () => {
    const { heal } = await brokenGame();
    await webhook.answers({ status: 500 });
    await check({ ALERT_WEBHOOK_SECRET: SECRET });
    await webhook.answers({});
    await check({ ALERT_WEBHOOK_SECRET: SECRET });
    await heal();
    for (let i = 0; i < 2; i++) await check({ ALERT_WEBHOOK_SECRET: SECRET });
    const said = [...logged, ...(await webhook.texts())].join("\n");
    expect(await webhook.texts()).toHaveLength(3);
    for (const secret of [USER, SECRET, "arn:aws", new URL(webhook.url).pathname])
      expect(said).not.toContain(secret);
  });

  it("of ten games that fail at once are told of each and of no other, in one message, and in one when it is over", async () => {
    const broken = await Promise.all(Array.from({ length: 10 }, brokenGame));
    await post(anEvent(), { game: "healthy" });
    await check();
    await check();
    for (const { heal } of broken) await heal();
    for (let i = 0; i < 3; i++) await check();
    expect(await titles()).toEqual([
      "*Incident*: delivery to Firehose fails, in 10 places",
      "*Recovered*: delivery to Firehose fails, in 10 places",
    ]);
    const named = (text = "") => [...text.matchAll(/^game `(.+)`:/gm)].map(([, game]) => game).toSorted();
    const games = broken.map(({ game }) => game).toSorted();
    expect((await webhook.texts()).map(named)).toEqual([games, games]);
  });

  it("are told of exchange rates that are old, where any are fetched", async () => {
    await registryOf(env).keepRates([
      { currency: "EUR", usd_per_unit: "1.1", valid_from: "2026-01-02T00:00:00.000Z", held: null },
    ]);
    await check({ FX_RATES_URL: "" });
    expect(await titles()).toEqual([]);
    await check({ FX_RATES_URL: "https://rates.example.com/daily.xml" });
    expect(await titles()).toEqual(["*Incident*: old exchange rates, the collector itself"]);
  });
});

describe("where a queue does not answer", () => {
  it("that is told, and the other games are looked at nevertheless", async () => {
    const [{ game }, { game: other }] = [await brokenGame(), await brokenGame()];
    await check(
      {},
      withQueuesDown((queue) => queue === queueFor(game)),
    );
    expect((await titles()).toSorted()).toEqual(
      [`*Incident*: queues do not answer, game \`${game}\``, opened(other)].toSorted(),
    );
    await check();
    expect(await titles()).toContain(opened(game));
  });

  it("since the registry was lost, that is told of each game that there was", async () => {
    await post(anEvent(), { game: "forgotten" });
    await check();
    await runInDurableObject(registryOf(env), (_, { storage }) => {
      storage.sql.exec("DELETE FROM queue");
    });
    await check();
    expect(await webhook.texts()).toEqual([
      expect.stringMatching(
        /^\*Incident\*: queues do not answer, game `forgotten`\nthe registry has forgotten its queues\n/,
      ),
    ]);
  });

  it("once, but does when it is asked again, nobody is told", async () => {
    await post(anEvent(), { game: "moved" });
    let asked = 0;
    const down = withQueuesDown(() => asked++ === 0);
    await check({}, down);
    expect([asked, await titles()]).toEqual([2, []]);
  });
});

describe("where the webhook", () => {
  it("fails, all is told once it works again, in order", async () => {
    const { game, heal } = await brokenGame();
    await webhook.answers({ status: 503 });
    await check();
    await check();
    expect(await titles()).toHaveLength(2);
    expect(events()).toContain("alert_not_delivered");
    await webhook.answers({});
    await check();
    await heal();
    await webhook.answers({ status: 302, headers: { Location: "https://elsewhere.example.com/" } });
    await check();
    await check();
    await webhook.answers({});
    await check();
    expect((await titles()).slice(2)).toEqual([opened(game), recovered(game), recovered(game)]);
    await check();
    expect(await titles()).toHaveLength(5);
  });

  it("fails again and again, it is left alone until the next check", async () => {
    await webhook.answers({ status: 503 });
    const message = (_: unknown, n: number): Message => ({
      lane: `lane ${n}`,
      text: `message ${n}`,
      delivered: () => Promise.reject(new Error("it was delivered")),
    });
    await sendAll({ kind: "webhook", url: webhook.url, secret: "" }, Array.from({ length: 10 }, message));
    const tried = await webhook.texts();
    expect(tried.length).toBeGreaterThanOrEqual(3);
    expect(tried.length).toBeLessThanOrEqual(6); // those under way when the third failed
  });

  it("is well and other settings are wrong, operators hear of what is wrong nevertheless", async () => {
    const { game } = await brokenGame();
    await check({ AWS_REGION: "nowhere" });
    expect(await titles()).toEqual([opened(game)]);
  });

  it("is not set, nothing is sent, and the incident is kept", async () => {
    const { game } = await brokenGame();
    const fetching = vi.spyOn(globalThis, "fetch");
    await check({ ALERT_WEBHOOK_URL: "" });
    expect(fetching).not.toHaveBeenCalled();
    expect(await operationsOf(env).incidentsOf(game)).toMatchObject([
      { check: "breaker_open", toldAt: null },
    ]);
    expect(events()).toEqual([]);
  });

  it("is none that may be used, nothing is sent, and the log and /ready say why without the URL", async () => {
    await brokenGame();
    const fetching = vi.spyOn(globalThis, "fetch");
    const settings = { ALERT_WEBHOOK_URL: "https://169.254.169.254/token", FIREHOSE_ENDPOINT: "" };
    await check(settings);
    expect(fetching).not.toHaveBeenCalled();
    const problem = "ALERT_WEBHOOK_URL must name a public host, and not by its address";
    expect(logged.map((line) => JSON.parse(line))).toEqual([
      { level: "error", event: "alerts_not_sent", problem },
    ]);
    const ready = await worker.fetch(
      new Request("https://collector.test/ready") as never,
      bindings(settings),
      {
        waitUntil() {},
        passThroughOnException() {},
      } as never,
    );
    expect([ready.status, ((await ready.json()) as { settings: unknown }).settings]).toEqual([
      503,
      { problems: [problem] },
    ]);
  });
});
