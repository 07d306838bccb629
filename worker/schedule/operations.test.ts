import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { ShardStats } from "../queue/stats.ts";
import { forgetAllGames } from "../testing/operations.ts";
import { brokenShard, shardStats, statsOf } from "../testing/stats.ts";
import type { Notice } from "./alerts/incident.ts";
import type { CollectorObservation, Observation } from "./alerts/observation.ts";
import type { Today } from "./history/day.ts";
import { type Operations, operationsOf } from "./operations.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const START = Date.parse("2026-10-01T00:09:00.000Z");

const operations = operationsOf(env);

const game = (name: string, shards: ShardStats[], today: Today | null = null): Observation => ({
  game: name,
  asked: shards.length,
  silent: 0,
  stats: statsOf(name, ...shards),
  today,
});

const silent = (name: string): Observation => ({ game: name, asked: 1, silent: 1, stats: null, today: null });

const collector: CollectorObservation = { ...game("_collector", []), rates: null };

const received = (count: number) => shardStats({ totals: { received: count, accepted: count } });

const summary = (notices: Notice[]) =>
  notices.map(({ kind, incident }) => [kind, incident.game, incident.check]);

/** A check as the cron makes it, after which all is told. */
function checkIn(instance: Operations, now: number, ...games: Observation[]) {
  const notices = [...instance.checkGames(games, now), ...instance.checkCollector(collector, now)];
  instance.told(notices, now);
  return summary(notices);
}

const check = (now: number, ...games: Observation[]) =>
  runInDurableObject(operations, (instance) => checkIn(instance, now, ...games));

const rowsOf = (table: string) =>
  runInDurableObject(operations, (_, { storage }) => storage.sql.exec(`SELECT * FROM ${table}`).toArray());

beforeEach(forgetAllGames);

describe("over weeks", () => {
  it("a game that sends each day from 8 to 20 is missed by day, not by night, and welcomed back", async () => {
    let count = 0;
    const notices: unknown[] = [];
    await runInDurableObject(operations, (instance) => {
      for (let at = START; at < START + 11 * DAY_MS; at += 30 * MINUTE_MS) {
        const hour = new Date(at).getUTCHours();
        const isDown = at > START + 9 * DAY_MS + 11 * HOUR_MS && at < START + 10 * DAY_MS + 9 * HOUR_MS;
        if (hour >= 8 && hour < 20 && !isDown) count += 5;
        for (const notice of checkIn(instance, at, game("awesome_game", [received(count)])))
          notices.push([new Date(at).toISOString().slice(0, 16), ...notice]);
      }
    });
    expect(notices).toEqual([
      ["2026-10-10T12:09", "opened", "awesome_game", "silence"],
      ["2026-10-11T09:39", "recovered", "awesome_game", "silence"],
    ]);
  });

  it("an hour of no revenue is told where there is some on other days, for each currency by itself", async () => {
    const notices: unknown[] = [];
    for (let at = START + 14 * HOUR_MS, day = 0; day < 20; at += DAY_MS, day++) {
      const hours = [
        {
          at: new Date(at - HOUR_MS).toISOString().replace(/:\d\d:/, ":00:"),
          revenue: { USD: "100.00", EUR: day === 18 ? "0.00" : String(90 + (day % 5)) },
        },
      ];
      const today = {
        active_players: 1,
        purchases: 1,
        revenue: {},
        reasons: [],
        latency_p95_ms: null,
        hours,
      };
      for (const [kind] of await check(at, game("awesome_game", [received(1)], today)))
        notices.push([day, kind]);
    }
    expect(notices).toEqual([[18, "opened"]]);
    expect(await operations.incidentsOf("awesome_game")).toMatchObject([
      { check: "revenue_anomaly", about: "EUR" },
    ]);
  });

  it("no more is kept than four weeks of days, a hundred incidents that are over, and thirty reports", async () => {
    const broken = game("awesome_game", [{ ...brokenShard(), totals: received(1).totals }]);
    let count = 0;
    await runInDurableObject(operations, (instance) => {
      for (let day = 0; day < 34; day++) {
        for (let hour = 0; hour < 9; hour++) {
          const at = START + day * DAY_MS + hour * HOUR_MS;
          count += 1;
          checkIn(instance, at, hour % 3 === 0 ? broken : game("awesome_game", [received(count)]));
        }
        instance.makeReports(START + day * DAY_MS + 6 * HOUR_MS);
      }
    });
    const [days, incidents, reports] = await Promise.all(["day", "incident", "report"].map(rowsOf));
    expect(days?.filter((row) => row.game === "awesome_game")).toHaveLength(30);
    expect(incidents).toHaveLength(100);
    expect(reports).toHaveLength(30);
  });
});

describe("a check", () => {
  it("that cannot ask all queues says so, and leaves all else as it was", async () => {
    await check(START, game("awesome_game", [brokenShard()]));
    expect(await check(START + 10 * MINUTE_MS, silent("awesome_game"))).toEqual([
      ["opened", "awesome_game", "queue_unreachable"],
    ]);
    await check(START + 20 * MINUTE_MS, silent("awesome_game"));
    expect(await check(START + 30 * MINUTE_MS, game("awesome_game", [shardStats()]))).toEqual([]);
    expect(await check(START + 40 * MINUTE_MS, game("awesome_game", [shardStats()]))).toEqual([
      ["recovered", "awesome_game", "breaker_open"],
      ["recovered", "awesome_game", "queue_unreachable"],
    ]);
  });

  it("tells what the collector itself is in trouble with, and takes it for no game's", async () => {
    const own = {
      ...collector,
      ...game("_collector", [brokenShard()]),
      rates: [{ valid_from: "2026-09-20T00:00:00.000Z" }],
    };
    await operations.recordRun("watchdog", false, START);
    await operations.recordRun("watchdog", false, START + 1);
    await operations.recordRun("rates", false, START + 1);
    await operations.recordRun("rates", true, START + 2);
    await operations.recordRun("watchdog", false, START + 2);
    const notices = await operations.checkCollector(own, START + 3);
    expect(summary(notices).map(([, of, check]) => [of, check])).toEqual(
      expect.arrayContaining([
        ["_collector", "rates_old"],
        ["_collector", "cron_failed"],
        ["_collector", "breaker_open"],
      ]),
    );
    expect(notices).toHaveLength(3);
    expect(await rowsOf("failed")).toEqual([{ duty: "watchdog", runs: 3, since: START }]);
    await operations.makeReports(START + DAY_MS);
    expect(await rowsOf("report")).toEqual([]);
  });

  it("takes what waits behind an open breaker for the same incident", async () => {
    const depth = { events: 5, bytes: 500, oldest_age_ms: 20 * MINUTE_MS };
    expect(await check(START, game("awesome_game", [{ ...brokenShard(), depth }]))).toEqual([
      ["opened", "awesome_game", "breaker_open"],
    ]);
    expect(await check(START + 10 * MINUTE_MS, game("awesome_game", [{ ...shardStats(), depth }]))).toEqual([
      ["opened", "awesome_game", "stuck_queue"],
    ]);
  });

  it("takes dead letters that come every half hour for one incident", async () => {
    const notices: unknown[] = [];
    for (let n = 0; n < 40; n++) {
      const dead_lettered = Math.min(7, Math.floor(n / 3));
      const seen = game("awesome_game", [shardStats({ totals: { dead_lettered } })]);
      for (const [kind] of await check(START + n * 10 * MINUTE_MS, seen)) notices.push([n, kind]);
    }
    expect(notices).toEqual([
      [3, "opened"],
      [28, "recovered"],
    ]);
  });

  it("after one that was never told tells it", async () => {
    const broken = game("awesome_game", [brokenShard()]);
    for (const at of [START, START + 10 * MINUTE_MS])
      expect(summary(await operations.checkGames([broken], at))).toEqual([
        ["opened", "awesome_game", "breaker_open"],
      ]);
    expect(await check(START + 20 * MINUTE_MS, broken)).toEqual([["opened", "awesome_game", "breaker_open"]]);
    expect(await check(START + 30 * MINUTE_MS, broken)).toEqual([]);
  });
});

describe("the first check of a deployment", () => {
  it("takes games that are there for old, and the ones that come later for new", async () => {
    await check(START, game("old", [received(1_000_000)]));
    await check(START + 10 * MINUTE_MS, game("old", [received(1_000_003)]), game("new", [received(7)]));
    await operations.makeReports(START + DAY_MS);
    const of = async (name: string) =>
      (await operations.reportsOf(name)).map(({ day, events }) => [day, events.received]);
    expect([await of("old"), await of("new")]).toEqual([[["2026-10-01", 3]], [["2026-10-01", 7]]]);
  });
});
