import { createScheduledController, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FeedAnswer } from "../../../test/feeds-for-worker.ts";
import worker from "../../index.ts";
import { registryOf } from "../../queue/registry.ts";
import { COLLECTOR_QUEUE, queueNamed } from "../../queue/shards.ts";
import { feedOf, newFeed } from "../../testing/feeds.ts";
import { firehose, rewriteDelivery, settle } from "../../testing/queue.ts";
import { withQueuesDown } from "../../testing/requests.ts";
import { RATES_CRON } from "../crons.ts";
import { bringRates, sourceOf } from "./bring.ts";
import { fetchFeed } from "./fetch-feed.ts";

const DAY_MS = 86_400_000;
const RATES = { USD: "1.0543", JPY: "157.07", GBP: "0.83425" };

/** So many days from today. */
const day = (n: number) => new Date(Date.now() + n * DAY_MS).toISOString().slice(0, 10);

const queue = queueNamed(env, COLLECTOR_QUEUE);

let feed: ReturnType<typeof newFeed>;
let logged: Record<string, unknown>[];

beforeEach(async () => {
  feed = newFeed();
  logged = [];
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((line) => logged.push(JSON.parse(line)));
  await runInDurableObject(registryOf(env), (_, { storage }) => storage.sql.exec("DELETE FROM rate"));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await firehose.fault("none");
  await rewriteDelivery(queue, { nextAttemptAt: null });
  await settle(queue);
});

/** One run, as the cron makes it. */
const run = (bindings: Env = env) =>
  bringRates({ ...bindings, FX_RATES_URL: feed.url as Env["FX_RATES_URL"] });

const runWith = async (answer: FeedAnswer) => {
  await feed.answers(answer);
  await run();
};

/** The lines that wait for Firehose. */
const waiting = () =>
  runInDurableObject(queue, (_, { storage }) =>
    storage.sql
      .exec<{ lines: ArrayBuffer }>("SELECT lines FROM outbox ORDER BY seq")
      .toArray()
      .flatMap(({ lines }) => new TextDecoder().decode(lines).trimEnd().split("\n"))
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );

const currenciesWaiting = async () => (await waiting()).map(({ currency }) => currency);

/** The events of the log, and of those that warn all else that they say. */
const warnings = () =>
  logged.filter(({ level }) => level === "warn").map(({ level: _, source: __, ...rest }) => rest);

describe("exchange rates", () => {
  it("become a line for each currency, but for the dollar itself, and reach Firehose as all lines do", async () => {
    await runWith({ body: feedOf(day(0), RATES) });
    const common = {
      valid_from: `${day(0)}T00:00:00.000Z`,
      source: "127.0.0.1",
      record_type: "exchange_rate",
      ingestion_timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      collector: expect.stringMatching(/^playtrail\//),
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    };
    const lines = await waiting();
    expect(lines).toEqual([
      { currency: "EUR", usd_per_unit: "1.054300000000", ...common },
      { currency: "JPY", usd_per_unit: "0.006712293882", ...common },
      { currency: "GBP", usd_per_unit: "1.263769853162", ...common },
    ]);
    expect(new Set(lines.map(({ request_id }) => request_id)).size).toBe(1);
    expect(logged).toEqual([{ level: "info", event: "rates_delivered", source: "127.0.0.1", rates: 3 }]);

    const before = await firehose.events();
    await queue.flush();
    expect([await firehose.events(), await waiting()]).toEqual([before + 3, []]);
  });

  it("are brought by their own cron, and by no other", async () => {
    await feed.answers({ body: feedOf(day(0), RATES) });
    const bindings = { ...env, FX_RATES_URL: feed.url as Env["FX_RATES_URL"] };
    await worker.scheduled(createScheduledController({ cron: "*/10 * * * *" }), bindings);
    expect(await currenciesWaiting()).toEqual([]);
    await worker.scheduled(createScheduledController({ cron: RATES_CRON }), bindings);
    expect(await currenciesWaiting()).toEqual(["EUR", "JPY", "GBP"]);
  });

  it("are not asked for where no source is set", async () => {
    const fetching = vi.spyOn(globalThis, "fetch");
    await bringRates(env);
    expect([fetching.mock.calls, logged]).toEqual([[], []]);
  });

  it("are delivered once a day, however often the cron runs", async () => {
    for (let i = 0; i < 3; i++) await runWith({ body: feedOf(day(-1), RATES) });
    expect(await currenciesWaiting()).toEqual(["EUR", "JPY", "GBP"]);
    await runWith({ body: feedOf(day(0), RATES) });
    expect(await currenciesWaiting()).toEqual(["EUR", "JPY", "GBP", "EUR", "JPY", "GBP"]);
    expect(warnings()).toEqual([]);
  });

  it("wait in their queue where Firehose is down, and /ready sees it as any other queue's trouble", async () => {
    await firehose.fault("unavailable");
    await runWith({ body: feedOf(day(0), RATES) });
    for (let i = 0; i < 6; i++) await queue.flush();
    expect(await currenciesWaiting()).toEqual(["EUR", "JPY", "GBP"]);
    const { delivery } = await queue.stats();
    expect(delivery).toMatchObject({ state: "open", last_error: { code: "ServiceUnavailableException" } });
    expect(await registryOf(env).list("_collector")).toEqual([
      { name: COLLECTOR_QUEUE, trouble: expect.objectContaining({ reason: "ServiceUnavailableException" }) },
    ]);
  });

  it("are delivered by the next run where the queue took none, for none was taken as known", async () => {
    await feed.answers({ body: feedOf(day(0), RATES) });
    await run(withQueuesDown((name) => name === COLLECTOR_QUEUE));
    expect([await waiting(), await registryOf(env).rates()]).toEqual([[], []]);
    expect(logged).toMatchObject([{ level: "error", event: "rates_not_delivered" }]);
    await run();
    expect(await currenciesWaiting()).toEqual(["EUR", "JPY", "GBP"]);
  });

  it("are delivered again where the run died before they were known: the warehouse has them once", async () => {
    await runWith({ body: feedOf(day(0), RATES) });
    await runInDurableObject(registryOf(env), (_, { storage }) => storage.sql.exec("DELETE FROM rate"));
    await run();
    const lines = await waiting();
    const keys = lines.map(({ currency, valid_from }) => `${currency} ${valid_from}`);
    expect([lines.length, new Set(keys).size]).toEqual([6, 3]);
  });
});

describe("a source that fails", () => {
  const GOOD = feedOf(day(0), RATES);
  it.each<[string, FeedAnswer, string, unknown]>([
    ["answers 500", { status: 500, body: GOOD }, "rates_unreachable", "it answered 500, where 200 is wanted"],
    ["has no such page", { status: 404 }, "rates_unreachable", "it answered 404, where 200 is wanted"],
    ["has nothing to say", { status: 204 }, "rates_unreachable", "it answered 204, where 200 is wanted"],
    [
      "sends elsewhere",
      { status: 302, headers: { Location: "/elsewhere" } },
      "rates_unreachable",
      "it answered 302, where 200 is wanted",
    ],
    [
      "has too much to say",
      { body: GOOD, ending: "flood" },
      "rates_unreachable",
      "it is larger than 262144 bytes",
    ],
    [
      "is not UTF-8",
      { body: GOOD.replace("European", "Européenne"), encoding: "latin1" },
      "rates_unreachable",
      "it is not UTF-8",
    ],
    [
      "is not the gzip that it says",
      { headers: { "Content-Encoding": "gzip" }, body: GOOD },
      "rates_unreachable",
      expect.any(String),
    ],
    ["answers garbage", { body: "\u0000\u0001" }, "rates_unreadable", expect.any(String)],
    ["answers nothing", { body: "" }, "rates_unreadable", expect.any(String)],
    ["answers a page", { body: "<!doctype html><p>We are sorry" }, "rates_unreadable", expect.any(String)],
    ["breaks off", { body: GOOD.slice(0, -40) }, "rates_unreadable", expect.any(String)],
    [
      "has no day",
      { body: GOOD.replace(/ time='[^']*'/, "") },
      "rates_unreadable",
      "it has 0 days, where one is wanted",
    ],
  ])("because it %s raises a warning, and the last rates stay", async (_, answer, event, problem) => {
    await runWith({ body: feedOf(day(-1), RATES) });
    const [lines, known] = [await waiting(), await registryOf(env).rates()];
    await runWith(answer);
    expect(warnings()).toEqual([{ event, problem }]);
    expect([await waiting(), await registryOf(env).rates()]).toEqual([lines, known]);
  });

  it("because it cannot be reached raises a warning that does not repeat its address, which may hold a key", async () => {
    await bringRates({ ...env, FX_RATES_URL: "http://127.0.0.1:9/?key=secret" as Env["FX_RATES_URL"] });
    expect(logged).toEqual([
      { level: "warn", event: "rates_unreachable", source: "127.0.0.1", problem: "it cannot be reached" },
    ]);
  });

  it("because it is slow, or stops in the middle, is given up", async () => {
    await feed.answers({ body: GOOD.slice(0, 100), ending: "silence" });
    expect(await fetchFeed(feed.url, 50)).toEqual({ kind: "failed", problem: "it took longer than 50 ms" });
  });
});

describe("a source that is strange", () => {
  it("because a currency is missing raises a warning, and the others go on", async () => {
    await runWith({ body: feedOf(day(-1), RATES) });
    await settle(queue);
    await runWith({ body: feedOf(day(0), { USD: "1.06", GBP: "0.84" }) });
    expect(warnings()).toEqual([{ event: "rates_missing", day: day(0), currencies: ["JPY"] }]);
    expect(await currenciesWaiting()).toEqual(["EUR", "GBP"]);
    expect((await registryOf(env).rates()).find(({ currency }) => currency === "JPY")).toMatchObject({
      usd_per_unit: "0.006712293882",
      valid_from: `${day(-1)}T00:00:00.000Z`,
    });
  });

  it("because a rate jumps is not believed until the next day says the same", async () => {
    await runWith({ body: feedOf(day(-2), RATES) });
    await settle(queue);
    const jumped = { ...RATES, JPY: "99" };
    const jump = { currency: "JPY", from: "0.006712293882", to: "0.010649494949" };

    for (let i = 0; i < 2; i++) await runWith({ body: feedOf(day(-1), jumped) });
    expect(warnings()).toEqual([{ event: "rate_held_back", day: day(-1), ...jump }]);
    expect(await currenciesWaiting()).toEqual(["EUR", "GBP"]);

    await settle(queue);
    logged = [];
    await runWith({ body: feedOf(day(0), jumped) });
    expect(warnings()).toEqual([{ event: "rate_jump_confirmed", day: day(0), ...jump }]);
    expect((await waiting()).map(({ currency, valid_from }) => [currency, valid_from])).toEqual([
      ["EUR", `${day(0)}T00:00:00.000Z`],
      ["JPY", `${day(-1)}T00:00:00.000Z`],
      ["JPY", `${day(0)}T00:00:00.000Z`],
      ["GBP", `${day(0)}T00:00:00.000Z`],
    ]);
  });

  it("because its day is older than the last known raises a warning, and nothing of it is taken", async () => {
    await runWith({ body: feedOf(day(0), RATES) });
    await runWith({ body: feedOf(day(-1), { ...RATES, CHF: "0.93" }) });
    expect(warnings()).toEqual([{ event: "rates_older_than_known", day: day(-1) }]);
    expect(await currenciesWaiting()).toEqual(["EUR", "JPY", "GBP"]);
  });
});

describe("the source's name", () => {
  it.each([
    ["https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml", "ecb"],
    ["https://rates.example.com:8443/daily.xml?key=secret", "rates.example.com"],
  ])("of %s is %s", (url, name) => {
    expect(sourceOf(url)).toBe(name);
  });
});
