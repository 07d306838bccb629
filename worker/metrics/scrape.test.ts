import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { version } from "../../package.json";
import { app } from "../app.ts";
import { summaryOf } from "../live/summary.ts";
import { parcelOf } from "../queue/parcel.ts";
import { registryOf } from "../queue/registry.ts";
import { checkGames } from "../schedule/alerts/check-games.ts";
import { operationsOf } from "../schedule/operations.ts";
import { readStrictly } from "../testing/exposition.ts";
import { append, ENDING, events, firehose, NO_COUNTS, numbersTo, rewriteDelivery } from "../testing/queue.ts";
import { anEvent, aPurchase, call, key, post, withQueuesDown } from "../testing/requests.ts";
import { CATALOGUE } from "./catalogue.ts";

/** A scrape, as Prometheus makes it. */
async function scrape(game = "*", bindings: Env = env) {
  const headers = { Authorization: `Bearer ${await key("read", game)}` };
  const response = await app.request("/metrics", { headers }, bindings);
  expect([response.status, response.headers.get("Content-Type")]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  return readStrictly(await response.text());
}

/** The series of one queue, by what is behind `playtrail_`, without the labels that all of them have. */
function seriesOf(queue: string, { series }: Awaited<ReturnType<typeof scrape>>): Record<string, number> {
  const [game, ...shard] = queue.split("/");
  const own = `game="${game}",shard="${shard.join("/")}"`;
  const found = [...series].filter(([name]) => name.includes(`{${own}`));
  const short = (name: string) =>
    name.replace("playtrail_", "").replace(`{${own}}`, "").replace(`${own},`, "");
  return Object.fromEntries(found.map(([name, value]) => [short(name), value]));
}

const QUEUE = "measured_game/enam/0";
const queue = () => env.GAME_QUEUE.getByName(QUEUE);

describe("GET /metrics", () => {
  it("has every number of a queue, with its unit in its name", async () => {
    const event = anEvent();
    const game = "measured_game";
    await post([event, aPurchase()], { game });
    await post({ events: [event, {}], dropped: { queue_full: 3 } }, { game });
    const waiting = seriesOf(QUEUE, await scrape(game));
    expect(waiting).toMatchObject({ depth_events: 2, dead_letter_events: 0, firehose_calls_total: 0 });
    expect(waiting.oldest_age_seconds).toBeGreaterThanOrEqual(0);
    expect(waiting.line_bytes_total).toBe(waiting.depth_bytes);

    await queue().flush();
    const delivered = seriesOf(QUEUE, await scrape(game));
    const buckets = Object.entries(delivered).filter(([name]) => name.includes("_bucket"));
    expect(buckets.at(-1)).toEqual(['delivery_latency_seconds_bucket{le="+Inf"}', 2]);
    for (const [name] of buckets) delete delivered[name];
    expect(delivered).toEqual({
      queue_up: 1,
      events_received_total: 4,
      'verdicts_total{verdict="accepted"}': 2,
      'verdicts_total{verdict="duplicate"}': 1,
      'verdicts_total{verdict="rejected"}': 1,
      rejected_unrecorded_events_total: 0,
      client_dropped_events_total: 0,
      line_bytes_total: waiting.line_bytes_total,
      'rate_limited_requests_total{limit="player"}': 0,
      'rate_limited_requests_total{limit="write"}': 0,
      'rate_limited_requests_total{limit="server"}': 0,
      dedup_ids: 2,
      dedup_filter_bytes: 0,
      depth_events: 0,
      depth_bytes: 0,
      oldest_age_seconds: 0,
      delivered_events_total: 2,
      delivery_latency_seconds_count: 2,
      delivery_latency_seconds_sum: expect.any(Number),
      'breaker_state{state="closed"}': 1,
      'breaker_state{state="open"}': 0,
      'breaker_state{state="half_open"}': 0,
      consecutive_failures: 0,
      firehose_calls_total: 1,
      'firehose_failed_calls_total{class="throttled"}': 0,
      'firehose_failed_calls_total{class="timeout"}': 0,
      'firehose_failed_calls_total{class="unavailable"}': 0,
      'firehose_failed_calls_total{class="refused"}': 0,
      'firehose_failed_calls_total{class="permanent"}': 0,
      firehose_records_total: expect.any(Number),
      firehose_failed_records_total: 0,
      firehose_retried_records_total: 0,
      firehose_bytes_total: waiting.line_bytes_total,
      firehose_billed_bytes_total: 5_120 * (delivered.firehose_records_total ?? 0),
      rows_written_total: expect.any(Number),
      dead_letter_events: 0,
      dead_letter_bytes: 0,
      dead_lettered_events_total: 0,
      purged_events_total: 0,
      erased_events_total: 0,
    });
  });

  it("counts what Firehose did not take by why, and what is sent again", async () => {
    const failing = env.GAME_QUEUE.getByName("failing_game/enam/0");
    await append(failing, [1]);
    // Backoff is to last, and its alarm not to come, so that no call is made but these.
    const random = vi.spyOn(Math, "random").mockReturnValue(0.999);
    for (const mode of ["throttle", "unavailable", "partial", "none"]) {
      await firehose.fault(mode);
      await failing.flush();
      await runInDurableObject(failing, (_, { storage }) => storage.deleteAlarm());
    }
    random.mockRestore();
    expect(seriesOf("failing_game/enam/0", await scrape())).toMatchObject({
      firehose_calls_total: 4,
      'firehose_failed_calls_total{class="throttled"}': 1,
      'firehose_failed_calls_total{class="unavailable"}': 1,
      firehose_failed_records_total: 1,
      firehose_retried_records_total: 3,
      firehose_records_total: 1,
      delivered_events_total: 1,
      delivery_latency_seconds_count: 1,
    });
  });

  it("says which state a breaker is in, and that the collector is not ready", async () => {
    const [name, other] = ["broken_game/enam/0", "broken_game/weur/0"];
    await append(env.GAME_QUEUE.getByName(name), [1]);
    await append(env.GAME_QUEUE.getByName(other), [1]);
    expect((await scrape("broken_game")).series.get("playtrail_ready")).toBe(1);
    const nextAttemptAt = Date.now() + 60_000;
    await rewriteDelivery(env.GAME_QUEUE.getByName(name), {
      state: "open",
      consecutiveFailures: 5,
      nextAttemptAt,
    });
    const trouble = { since: new Date().toISOString(), reason: "ServiceUnavailableException", advice: null };
    await registryOf(env).report(name, trouble);
    const scraped = await scrape("broken_game");
    expect(scraped.series.get("playtrail_ready")).toBe(0);
    expect(seriesOf(name, scraped)).toMatchObject({
      'breaker_state{state="closed"}': 0,
      'breaker_state{state="open"}': 1,
      'breaker_state{state="half_open"}': 0,
      consecutive_failures: 5,
      depth_events: 1,
    });
    expect(seriesOf(other, scraped)).toMatchObject({ 'breaker_state{state="closed"}': 1 });
  });

  it("shows a key of one game that game alone, a key for all of them every queue", async () => {
    await post(anEvent(), { game: "one_game" });
    await post(anEvent(), { game: "one_game_more" });
    const gamesIn = ({ series }: Awaited<ReturnType<typeof scrape>>) =>
      new Set([...series.keys()].flatMap((name) => /game="([^"]*)"/.exec(name)?.[1] ?? []));
    expect(gamesIn(await scrape("one_game"))).toEqual(new Set(["one_game"]));
    expect(gamesIn(await scrape())).toEqual(expect.objectContaining(new Set(["one_game", "one_game_more"])));
    const ofOne = [...(await scrape("one_game")).series.keys()].filter((name) => !name.includes("game="));
    expect(ofOne).toEqual([`playtrail_build_info{version="${version}"}`, "playtrail_ready"]);
  });

  it("counts who plays a game now over all of its queues, and not at all where one does not answer", async () => {
    const game = "played_game";
    const playing = ({ series }: Awaited<ReturnType<typeof scrape>>) =>
      series.get(`playtrail_active_players{game="${game}"}`);
    await post([anEvent({ user_id: "ada" }), anEvent({ user_id: "bo" }), {}], { game });
    const parcel = parcelOf(events([1], { user: "ada" }), ENDING, NO_COUNTS);
    const summary = summaryOf([{ event: anEvent(), warnings: [] }], parcel.users, []);
    await env.GAME_QUEUE.getByName(`${game}/weur/0`).append([{ ...parcel, summary }]);
    expect(playing(await scrape(game))).toBe(2);
    const log = vi.spyOn(console, "error").mockReturnValue();
    const half = withQueuesDown((name) => name.includes("weur"));
    expect(playing(await scrape(game, half))).toBeUndefined();
    log.mockRestore();
  });

  it("says how old the newest exchange rate is", async () => {
    const days = (age: number) => new Date(Date.now() - age * 86_400_000).toISOString();
    const rate = { usd_per_unit: "1.000000000000", held: null };
    await registryOf(env).keepRates([
      { currency: "EUR", valid_from: days(2), ...rate },
      { currency: "HRK", valid_from: days(900), ...rate },
    ]);
    const age = (await scrape()).series.get("playtrail_exchange_rate_age_seconds");
    expect(age).toBeGreaterThanOrEqual(2 * 86_400);
    expect(age).toBeLessThan(2 * 86_400 + 60);
  });

  it("says whether the collector's own runs go on, to a key for all games alone", async () => {
    const operations = operationsOf(env);
    const noFailures = { watchdog: 0, alerts: 0, rates: 0, reports: 0 };
    const cronsIn = ({ series }: Awaited<ReturnType<typeof scrape>>) =>
      Object.fromEntries([...series].filter(([name]) => name.startsWith("playtrail_cron")));
    const failed = (runs: Record<string, number>) =>
      Object.fromEntries(
        Object.entries(runs).map(([duty, count]) => [`playtrail_cron_failed_runs{duty="${duty}"}`, count]),
      );
    expect(cronsIn(await scrape())).toEqual(failed(noFailures));

    await checkGames(env);
    await operations.recordRun("rates", false, Date.now());
    await operations.recordRun("rates", false, Date.now());
    const crons = cronsIn(await scrape());
    expect(crons).toEqual({
      playtrail_cron_age_seconds: expect.any(Number),
      ...failed({ ...noFailures, rates: 2 }),
    });
    expect(crons.playtrail_cron_age_seconds).toBeLessThan(60);
    expect(cronsIn(await scrape("one_game"))).toEqual({});
  });

  it.each([
    ["read", 200],
    ["admin", 200],
    ["write", 403],
    ["server", 403],
  ] as const)("asked with a key of role %s answers %i", async (role, status) => {
    expect((await call("GET", "/metrics", { role, game: "*" })).status).toBe(status);
  });

  it("is closed to whoever has no key, or one that was revoked", async () => {
    const revoked = await key("read", "revoking_game");
    const { jti } = JSON.parse(atob(revoked.split(".")[1] ?? ""));
    await registryOf(env).revoke("revoking_game", jti, "test");
    for (const Authorization of ["", "Bearer nonsense", `Bearer ${revoked}`])
      expect((await call("GET", "/metrics", { headers: { Authorization } })).status).toBe(401);
  });

  it("has labels of which there are few, and never a player or a key", async () => {
    await post(anEvent({ user_id: "somebody" }));
    const { series } = await scrape();
    const labels = [...series.keys()].flatMap((name) =>
      [...name.matchAll(/([a-z]+)="/g)].map(([, label]) => label),
    );
    expect([...new Set(labels)].toSorted()).toEqual([
      "class",
      "duty",
      "game",
      "le",
      "limit",
      "shard",
      "state",
      "verdict",
      "version",
    ]);
    expect([...series.keys()].join()).not.toContain("somebody");
  });

  it("has what the catalogue has: names, types and labels", async () => {
    await append(env.GAME_QUEUE.getByName("listed_game/enam/0"), [1]);
    await registryOf(env).keepRates([
      { currency: "EUR", usd_per_unit: "1.000000000000", valid_from: new Date().toISOString(), held: null },
    ]);
    const { types, series } = await scrape();
    const exposed = [...types].map(([name, type]) => {
      const [first = ""] = [...series.keys()].filter((key) =>
        key.startsWith(name + (type === "histogram" ? "_bucket{" : "")),
      );
      return { name, type, labels: [...first.matchAll(/([a-z]+)="/g)].map(([, label]) => label) };
    });
    expect(exposed).toEqual(CATALOGUE.map(({ name, type, labels }) => ({ name, type, labels })));
  });
});

describe("a queue that does not answer", () => {
  it("is told as such, and costs the others nothing", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await append(env.GAME_QUEUE.getByName("half_game/enam/0"), [1]);
    await append(env.GAME_QUEUE.getByName("half_game/weur/0"), [2]);
    const scraped = await scrape(
      "half_game",
      withQueuesDown((name) => name.includes("weur")),
    );
    expect(seriesOf("half_game/weur/0", scraped)).toEqual({ queue_up: 0 });
    expect(seriesOf("half_game/enam/0", scraped)).toMatchObject({ queue_up: 1, depth_events: 1 });
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      expect.objectContaining({ event: "queue_unreachable", queue: "half_game/weur/0" }),
    ]);
    log.mockRestore();
  });
});

it("a scrape asks each queue once, and fifty at a time at most", async () => {
  const names = Array.from({ length: 120 }, (_, n) => `many_games/enam/${n}`);
  const asked: string[] = [];
  let underWay = 0;
  let most = 0;
  const real = env.GAME_QUEUE.getByName("many_games/enam/0");
  const metrics = await real.metrics();
  const ask = async (name: string) => {
    asked.push(name);
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
    return metrics;
  };
  const registry = {
    isRevoked: async () => false,
    list: async () => names.map((name) => ({ name, trouble: null })),
    rates: async () => [],
  };
  const bindings = {
    ...env,
    REGISTRY: { getByName: () => registry },
    GAME_QUEUE: { getByName: (name: string) => ({ metrics: () => ask(name) }) },
  } as unknown as Env;
  const { series } = await scrape("*", bindings);
  expect(asked.toSorted()).toEqual(names.toSorted());
  expect(most).toBe(50);
  expect([...series.keys()].filter((name) => name.startsWith("playtrail_queue_up"))).toEqual(
    names.map((name) => `playtrail_queue_up{game="many_games",shard="${name.slice("many_games/".length)}"}`),
  );
});

describe("a counter", () => {
  const counters = async (name: string) => {
    const scraped = await scrape();
    expect(seriesOf(name, scraped)).toMatchObject({ queue_up: 1 });
    const isCounter = (series: string) =>
      scraped.types.get(`playtrail_${series.replace(/\{.*/, "")}`) === "counter";
    return Object.fromEntries(
      Object.entries(seriesOf(name, scraped)).filter(([series]) => isCounter(series)),
    );
  };

  it("never falls, whatever a queue forgets when it is evicted: Prometheus would count all of it anew", async () => {
    const name = "forgetful_game/enam/0";
    const forgetful = env.GAME_QUEUE.getByName(name);
    const rateLimited = { player: 1, write: 2, server: 3 };
    const parcel = parcelOf(events(numbersTo(5)), ENDING, { ...NO_COUNTS, rejected: 2, clientDropped: 4 });
    await forgetful.append([parcel], rateLimited);
    await append(forgetful, numbersTo(3));
    await append(forgetful, numbersTo(9));
    const before = await counters(name);
    await evictDurableObject(forgetful);
    expect(await counters(name)).toEqual(before);

    await forgetful.flush();
    const delivered = await counters(name);
    await evictDurableObject(forgetful);
    expect(await counters(name)).toEqual(delivered);
  });

  it("does not count the alarm of a queue that backs off until that is saved", async () => {
    const name = "patient_game/enam/0";
    const patient = env.GAME_QUEUE.getByName(name);
    await append(patient, [1]);
    await rewriteDelivery(patient, { nextAttemptAt: Date.now() + 60_000 });
    await runInDurableObject(patient, (instance) => instance.alarm());
    const before = await counters(name);
    await evictDurableObject(patient);
    expect(await counters(name)).toEqual(before);
  });

  it("has the requests that were refused with 429, once another of their game came through", async () => {
    const headers = {
      Authorization: `Bearer ${await key("write", "busy_game")}`,
      "Content-Type": "application/json",
    };
    const body = JSON.stringify(anEvent());
    const send = (success: boolean) =>
      app.request(
        "/v1/events",
        { method: "POST", headers, body },
        {
          ...env,
          WRITE_RATE_LIMIT: { limit: async () => ({ success }) },
        },
      );
    const statuses = [await send(false), await send(false), await send(true)].map(({ status }) => status);
    expect(statuses).toEqual([429, 429, 202]);
    await env.GAME_QUEUE.getByName("busy_game/enam/0").flush();
    expect(await counters("busy_game/enam/0")).toMatchObject({
      'rate_limited_requests_total{limit="write"}': 2,
      events_received_total: 1,
    });
  });

  it("of refused requests is told once it is saved", async () => {
    const limited = env.GAME_QUEUE.getByName("limited_game/enam/0");
    const parcel = parcelOf(events([1]), ENDING, NO_COUNTS);
    await limited.append([parcel], { player: 1, write: 2, server: 0 });
    await limited.flush();
    expect(await counters("limited_game/enam/0")).toMatchObject({
      'rate_limited_requests_total{limit="player"}': 1,
      'rate_limited_requests_total{limit="write"}': 2,
      'rate_limited_requests_total{limit="server"}': 0,
    });
  });
});
