import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import worker from "../../index.ts";
import { queueFor, queueNamed } from "../../queue/shards.ts";
import { forgetAllGames } from "../../testing/operations.ts";
import { anEvent, aPurchase, call, post } from "../../testing/requests.ts";
import { newWebhook } from "../../testing/webhooks.ts";
import { checkGames } from "../alerts/check-games.ts";
import { REPORT_CRON } from "../crons.ts";
import { bringReports } from "./bring.ts";

const DAY_MS = 86_400_000;

let webhook: ReturnType<typeof newWebhook>;
let games = 0;

beforeEach(async () => {
  webhook = newWebhook();
  await forgetAllGames();
});

const bindings = (settings: Record<string, unknown> = {}) =>
  ({ ...env, ALERT_WEBHOOK_URL: webhook.url, ...settings }) as Env;

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

/** A game on whose day something came. */
async function playedGame(): Promise<string> {
  const game = `played-${++games}`;
  const purchase = { currency: "EUR", price: "4.99" };
  await post([aPurchase(purchase), aPurchase({ ...purchase, user_id: "user_2" }), anEvent(), anEvent()], {
    game,
  });
  await post([anEvent({ user_id: "" }), aPurchase({ price: "much" }), aPurchase({ price: "more" })], {
    game,
  });
  await queueNamed(env, queueFor(game)).flush();
  return game;
}

/** The first check of a deployment sees no game, so that those of a test are new. */
const watchFromNowOn = () => checkGames(bindings(), Date.now());

const reportsOf = async (game: string) => {
  const response = await call("GET", `/v1/games/${game}/reports`, { role: "read", game });
  return ((await response.json()) as { reports: Record<string, unknown>[] }).reports;
};

describe("the daily report", () => {
  it("tells what the day before was like, and is kept", async () => {
    await watchFromNowOn();
    const game = await playedGame();
    const now = Date.now();
    await checkGames(bindings(), now);
    await bringReports(bindings(), now + DAY_MS);
    const latency = expect.any(Number);
    expect(await reportsOf(game)).toEqual([
      {
        day: dayOf(now),
        events: { received: 7, accepted: 4, duplicates: 0, rejected: 3 },
        rejected_share: 3 / 7,
        top_reasons: [
          { code: "invalid_decimal", field: "price", count: 2 },
          { code: expect.any(String), field: "user_id", count: 1 },
        ],
        active_players: 2,
        purchases: 2,
        revenue: { EUR: "9.98" },
        dead_letters: 0,
        latency_p95_ms: latency,
        cost_per_million_usd: expect.any(Number),
      },
    ]);
    const [text] = await webhook.texts();
    expect(text?.split("\n").slice(0, 2)).toEqual([
      `*Daily report*: game \`${game}\`, ${dayOf(now)} (UTC)`,
      "4 events accepted, 0 duplicates",
    ]);
  });

  it("comes once, of each game on whose day something came, and of no other", async () => {
    await watchFromNowOn();
    const [one, two] = [await playedGame(), await playedGame()];
    const now = Date.now();
    await checkGames(bindings(), now);
    await checkGames(bindings(), now + DAY_MS);
    for (let i = 0; i < 3; i++) await bringReports(bindings(), now + DAY_MS);
    await bringReports(bindings(), now + 2 * DAY_MS);
    const titles = (await webhook.texts()).map((text) => text.split(",")[0]);
    expect(titles.toSorted()).toEqual([`*Daily report*: game \`${one}\``, `*Daily report*: game \`${two}\``]);
    expect([await reportsOf(one), await reportsOf("another")]).toEqual([
      [expect.objectContaining({ day: dayOf(now) })],
      [],
    ]);
  });

  it("that could not be sent is sent with the next check, and is no news after a day", async () => {
    await watchFromNowOn();
    const game = await playedGame();
    const now = Date.now();
    await checkGames(bindings(), now);
    await webhook.answers({ status: 500 });
    await bringReports(bindings(), now + DAY_MS);
    await webhook.answers({});
    for (let i = 0; i < 2; i++) await checkGames(bindings(), now + DAY_MS + 300_000);
    expect(await webhook.texts()).toHaveLength(2);

    await bringReports(bindings({ ALERT_WEBHOOK_URL: "" }), now + 2 * DAY_MS);
    await checkGames(bindings(), now + 4 * DAY_MS);
    expect(await webhook.texts()).toHaveLength(2);
    expect(await reportsOf(game)).toHaveLength(1);
  });

  it("that was missed, since crons did not run, comes with the next one", async () => {
    await watchFromNowOn();
    const game = await playedGame();
    const now = Date.now();
    await checkGames(bindings(), now);
    await bringReports(bindings(), now + 3 * DAY_MS);
    expect(await webhook.texts()).toEqual([expect.stringContaining(`game \`${game}\`, ${dayOf(now)} (UTC)`)]);
    expect(await reportsOf(game)).toMatchObject([{ day: dayOf(now) }]);
  });

  it("is kept where no webhook is set", async () => {
    await watchFromNowOn();
    const game = await playedGame();
    const now = Date.now();
    await checkGames(bindings({ ALERT_WEBHOOK_URL: "" }), now);
    await bringReports(bindings({ ALERT_WEBHOOK_URL: "" }), now + DAY_MS);
    expect([await webhook.received(), (await reportsOf(game)).length]).toEqual([[], 1]);
  });

  it("has its own cron", async () => {
    await watchFromNowOn();
    const game = await playedGame();
    await checkGames(bindings(), Date.now() - DAY_MS);
    await worker.scheduled(createScheduledController({ cron: REPORT_CRON }), bindings());
    expect(await webhook.texts()).toEqual([expect.stringContaining(game)]);
  });
});
