import { DurableObject } from "cloudflare:workers";
import { COLLECTOR } from "../queue/shards.ts";
import type { Duty, FailedRuns } from "./alerts/checks/cron-failed.ts";
import { type Incident, incidentsAfter, isSettled, type Notice, noticeOf, told } from "./alerts/incident.ts";
import { judgeCollector, judgeGame, type Known } from "./alerts/judge.ts";
import type { CollectorObservation, Observation } from "./alerts/observation.ts";
import { DAY_MS, THRESHOLDS } from "./alerts/thresholds.ts";
import type { Finding } from "./alerts/verdict.ts";
import { advance, type Day, dayOf, firstDay } from "./history/day.ts";
import { type Report, reportOf } from "./reports/report.ts";

/** So many incidents that are over are kept of a game. */
const INCIDENTS_KEPT = 100;

/** So many days' reports are kept of a game. */
const REPORT_DAYS_KEPT = 30;

/** Days whose report was not made, since the run was missed or failed, have it made up for so long. */
const REPORT_MADE_WITHIN_MS = 7 * DAY_MS;

/** A report that could not be sent for so long is no news any more. */
const REPORT_TOLD_WITHIN_MS = DAY_MS;

/** A report, and whose it is. */
export interface GameReport {
  game: string;
  report: Report;
}

/**
 * `day`       `("awesome_game", "2026-11-21", …)`, a `Day` as JSON: today's and those of 28 days before
 * `incident`  `("awesome_game", 0, 1795262400000, "5f0c…", …)`, an `Incident` as JSON; settled 1: it is over, and nothing is left to be told
 * `report`    `("awesome_game", "2026-11-20", 1795327200000, null, …)`, a `Report` as JSON: when it was made, and when it was told
 * `failed`    `("rates", 3, 1795262400000)`: the last three runs failed, the first of them then; no row where the last one succeeded
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS day (
    game TEXT NOT NULL, day TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (game, day)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS incident (
    game TEXT NOT NULL, settled INTEGER NOT NULL, opened_at INTEGER NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (game, settled, opened_at, id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS report (
    game TEXT NOT NULL, day TEXT NOT NULL, made_at INTEGER NOT NULL, told_at INTEGER, json TEXT NOT NULL,
    PRIMARY KEY (game, day)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS failed (duty TEXT PRIMARY KEY, runs INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
`;

/**
 * The one object that remembers what operators should hear of: each game's last days, its incidents, and its daily reports. Only crons
 * and operators ask it. It knows no player and nothing that a client wrote. No method awaits anything, so each is one step. Times are in
 * milliseconds since 1970; `now` comes from the caller.
 */
export class Operations extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
  }

  /** Every game that a check ever saw. */
  gamesSeen(): string[] {
    return this.#rows<{ game: string }>("SELECT DISTINCT game FROM day WHERE game <> ?", COLLECTOR).map(
      ({ game }) => game,
    );
  }

  /** Takes note of what games look like now, and answers with what is to be told. */
  checkGames(games: readonly Observation[], now: number): Notice[] {
    return games.flatMap((seen) => this.#notices(seen, judgeGame(seen, this.#advanced(seen, now), now), now));
  }

  /** The same of the collector itself. To be called after the games: from then on a new game is known to be new. */
  checkCollector(seen: CollectorObservation, now: number): Notice[] {
    const failed = this.#rows<FailedRuns>("SELECT duty, runs, since FROM failed");
    return this.#notices(seen, judgeCollector(seen, this.#advanced(seen, now), failed, now), now);
  }

  /** Takes note that notices were delivered. */
  told(notices: readonly Notice[], now: number): void {
    for (const {
      kind,
      incident: { game, id },
    } of notices) {
      const [incident] = this.#incidents("game = ? AND settled = 0 AND id = ?", game, id);
      if (incident !== undefined) this.#keep(told({ kind, incident }, now));
    }
  }

  /** A game's incidents, the latest first: those that are open, and the last that are over. */
  incidentsOf(game: string): Incident[] {
    const incidents = this.#incidents("game = ?", game);
    return incidents.toSorted((a, b) => b.openedAt - a.openedAt);
  }

  /** Counts a run of what the collector does by itself. */
  recordRun(duty: Duty, hasSucceeded: boolean, now: number): void {
    if (hasSucceeded) this.#sql("DELETE FROM failed WHERE duty = ?", duty);
    else
      this.#sql(
        "INSERT INTO failed (duty, runs, since) VALUES (?, 1, ?) ON CONFLICT (duty) DO UPDATE SET runs = runs + 1",
        duty,
        now,
      );
  }

  /** How the collector's own runs go: when games were last checked (null: never), and which duties fail. */
  crons(): { checkedAt: number | null; failed: FailedRuns[] } {
    const [day] = this.#rows<{ json: string }>(
      "SELECT json FROM day WHERE game = ? ORDER BY day DESC LIMIT 1",
      COLLECTOR,
    );
    const checkedAt = day === undefined ? null : (JSON.parse(day.json) as Day).at;
    return { checkedAt, failed: this.#rows<FailedRuns>("SELECT duty, runs, since FROM failed") };
  }

  /** Makes the report of the day before, and those of days that were missed, once, for each game that something came from. */
  makeReports(now: number): void {
    const days = this.#rows<{ game: string; day: string; json: string }>(
      "SELECT game, day, json FROM day WHERE day >= ? AND day < ? AND game <> ?",
      dayOf(now - REPORT_MADE_WITHIN_MS),
      dayOf(now),
      COLLECTOR,
    );
    for (const { game, day, json } of days) {
      const report = reportOf(day, JSON.parse(json) as Day);
      if (report === null) continue;
      this.#sql(
        "INSERT OR IGNORE INTO report (game, day, made_at, told_at, json) VALUES (?, ?, ?, NULL, ?)",
        game,
        day,
        now,
        JSON.stringify(report),
      );
    }
    this.#sql("DELETE FROM report WHERE day < ?", dayOf(now - REPORT_DAYS_KEPT * DAY_MS));
  }

  /** The reports that nobody was told yet. */
  untoldReports(now: number): GameReport[] {
    return this.#rows<{ game: string; json: string }>(
      "SELECT game, json FROM report WHERE told_at IS NULL AND made_at > ? ORDER BY game, day",
      now - REPORT_TOLD_WITHIN_MS,
    ).map(({ game, json }) => ({ game, report: JSON.parse(json) as Report }));
  }

  /** Takes note that a report was delivered. */
  reportTold(game: string, day: string, now: number): void {
    this.#sql("UPDATE report SET told_at = ? WHERE game = ? AND day = ?", now, game, day);
  }

  /** A game's reports, the latest first. */
  reportsOf(game: string): Report[] {
    return this.#rows<{ json: string }>("SELECT json FROM report WHERE game = ? ORDER BY day DESC", game).map(
      ({ json }) => JSON.parse(json) as Report,
    );
  }

  /** What is known of a game with what was seen of it now; null where its queues could not all be asked. */
  #advanced({ game, stats, today }: Observation, now: number): Known | null {
    if (stats === null) return null;
    const rows = this.#rows<{ day: string; json: string }>(
      "SELECT day, json FROM day WHERE game = ? ORDER BY day",
      game,
    );
    const days = new Map(rows.map(({ day, json }) => [day, JSON.parse(json) as Day]));
    const last = [...days.values()].at(-1) ?? firstDay(stats.totals, this.#isWatching(), now);
    const day = advance(last, { totals: stats.totals, today }, now);
    days.set(dayOf(now), day);
    this.#sql(
      "INSERT OR REPLACE INTO day (game, day, json) VALUES (?, ?, ?)",
      game,
      dayOf(now),
      JSON.stringify(day),
    );
    const oldest = dayOf(now - (THRESHOLDS.REVENUE_DAYS_MAX + 1) * DAY_MS);
    this.#sql("DELETE FROM day WHERE game = ? AND day < ?", game, oldest);
    return { day, days };
  }

  /** Whether there was a check before: a game that it did not see is new. */
  #isWatching(): boolean {
    return this.#rows("SELECT 1 FROM day WHERE game = ? LIMIT 1", COLLECTOR).length > 0;
  }

  #notices({ game, stats }: Observation, findings: readonly Finding[], now: number): Notice[] {
    const unsettled = this.#incidents("game = ? AND settled = 0", game);
    const unmentioned = stats === null ? "unknown" : "fine";
    const changed = incidentsAfter(unsettled, game, findings, unmentioned, now);
    for (const incident of changed) this.#keep(incident);
    return this.#incidents("game = ? AND settled = 0", game).flatMap(
      (incident) => noticeOf(incident, now) ?? [],
    );
  }

  #keep(incident: Incident): void {
    const { game, id, openedAt } = incident;
    this.#sql(
      "DELETE FROM incident WHERE game = ? AND settled = 0 AND opened_at = ? AND id = ?",
      game,
      openedAt,
      id,
    );
    this.#sql(
      "INSERT OR REPLACE INTO incident (game, settled, opened_at, id, json) VALUES (?, ?, ?, ?, ?)",
      game,
      Number(isSettled(incident)),
      openedAt,
      id,
      JSON.stringify(incident),
    );
    this.#sql(
      `DELETE FROM incident WHERE game = ?1 AND settled = 1 AND id NOT IN (
         SELECT id FROM incident WHERE game = ?1 AND settled = 1 ORDER BY opened_at DESC LIMIT ${INCIDENTS_KEPT})`,
      game,
    );
  }

  /** The oldest first. */
  #incidents(where: string, ...bindings: SqlStorageValue[]): Incident[] {
    return this.#rows<{ json: string }>(
      `SELECT json FROM incident WHERE ${where} ORDER BY opened_at, id`,
      ...bindings,
    ).map(({ json }) => JSON.parse(json) as Incident);
  }

  #rows<Row extends object>(query: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#sql(query, ...bindings).toArray() as Row[];
  }

  #sql(query: string, ...bindings: SqlStorageValue[]) {
    return this.ctx.storage.sql.exec(query, ...bindings);
  }
}

/** The object of this deployment. */
export function operationsOf(env: Env): DurableObjectStub<Operations> {
  return env.OPERATIONS.getByName("operations");
}
