import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openWarehouse, type Row, type Warehouse } from "../duckdb/index.ts";
import { smokeFile, sqlFiles } from "../sql/files.ts";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";
import { connect } from "./connect.ts";
import { deploy } from "./deploy.ts";
import { type Answer, type Execute, SqlError, SUCCEEDED } from "./fake-snowflake.ts";
import { expectations } from "./fixture.ts";
import { scratchSettings } from "./scratch.ts";
import type { Session } from "./session.ts";
import { type Problem, runChecks } from "./smoke.ts";
import { openAccount } from "./testing.ts";
import { verify } from "./verify.ts";

const NOW = new Date("2026-11-05T12:00:00.000Z");
const SETTINGS = scratchSettings(DEFAULT_SETTINGS, NOW);
const FILES = sqlFiles(SETTINGS);
const SMOKE = smokeFile(SETTINGS);

let account: DuckDBAccount;
let problems: Problem[];

// Once: the database stays as it is, for DuckDB does not drop it.
beforeAll(async () => {
  account = await openDuckDBAccount();
  const stop = new AbortController().signal;
  problems = await verify({
    ...account,
    settings: SETTINGS,
    files: FILES,
    smoke: SMOKE,
    stop,
    log: () => {},
  });
}, 60_000);
afterAll(() => account[Symbol.asyncDispose]());

it("the warehouse, tried out on DuckDB, holds its checks and makes the fixture's numbers", () => {
  expect(problems).toEqual([]);
});

it("a second deployment finds nothing to run", async () => {
  const log: string[] = [];
  const how = { planOnly: false, all: false, log: (line: string) => log.push(line) };
  expect(await deploy({ ...account, settings: SETTINGS, files: FILES, smoke: SMOKE, ...how })).toEqual([]);
  expect(log.slice(-1)).toEqual(["the smoke checks hold"]);
  expect(log[0]).toMatch(/\nnothing to run$/);
});

it.each([
  ["a lost purchase", "DELETE FROM core.fact_purchases WHERE currency = 'JPY'", "fixture_revenue"],
  [
    "a rate that is another",
    "UPDATE core.exchange_rates SET usd_per_unit = 1.3 WHERE currency = 'EUR'",
    "fixture_total",
  ],
  [
    "a line about an erased player",
    'INSERT INTO raw.raw_events (payload) SELECT PARSE_JSON(\'{"user_id":"eve"}\')',
    "fixture_erasure",
  ],
  [
    "a dollar that is none",
    "UPDATE core.exchange_rates SET usd_per_unit = 2 WHERE currency = 'USD'",
    "dollar_is_a_dollar",
  ],
  [
    "an event twice",
    "INSERT INTO core.events SELECT * FROM core.events WHERE user_id = 'bob'",
    "events_once",
  ],
  [
    "an amount that is no product",
    "UPDATE core.fact_purchases SET amount = 1 WHERE currency = 'JPY'",
    "amounts_are_products",
  ],
  ["a purchase without its event", "DELETE FROM core.events WHERE currency = 'JPY'", "purchases_are_events"],
  [
    "an event without its purchase",
    "DELETE FROM core.fact_purchases WHERE currency = 'JPY'",
    "events_of_purchases",
  ],
  ["a player whom nobody knows", "DELETE FROM core.dim_users WHERE user_id = 'bob'", "players_are_known"],
  ["two salts", "INSERT INTO load.erasure_salt (salt) SELECT 'another' AS salt", "one_salt"],
  [
    "rows of a run",
    "INSERT INTO load.erasing (game_id) SELECT 'verify_game' AS game_id",
    "work_tables_are_empty",
  ],
  [
    "an erased player who is back",
    `INSERT INTO core.dim_users (game_id, user_id, first_seen_at, first_event_id, last_seen_at)
     SELECT game_id, 'eve' AS user_id, first_seen_at, first_event_id, last_seen_at FROM core.dim_users WHERE user_id = 'bob'`,
    "erased_stays_erased",
  ],
  [
    "a purchase that a join makes two of",
    "INSERT INTO core.fact_purchases SELECT * FROM core.fact_purchases",
    "revenue_hides_nothing",
  ],
  ["a row too few", "DELETE FROM core.dim_sessions", "fixture_rows"],
  [
    "another reason",
    "UPDATE core.rejected_events SET reason = 'unknown' WHERE rejected_by = 'warehouse'",
    "fixture_rejections",
  ],
])("the checks find %s", async (_, damage, check) => {
  const { session, warehouse } = account;
  await warehouse.run("BEGIN TRANSACTION");
  try {
    await warehouse.run(damage);
    const found = [
      ...(await runChecks(session, SMOKE)),
      ...(await runChecks(session, expectations(SETTINGS))),
    ];
    expect(found.map((problem) => problem.check)).toContain(check);
  } finally {
    await warehouse.run("ROLLBACK");
  }
});

interface DuckDBAccount extends AsyncDisposable {
  session: Session;
  warehouse: Warehouse;
}

/** An account whose statements run on DuckDB, and a session in it through the real driver. */
async function openDuckDBAccount(): Promise<DuckDBAccount> {
  const stage = await mkdtemp(join(tmpdir(), "playtrail-stage-"));
  const warehouse = await openWarehouse({ database: ":memory:", stage, now: NOW });
  const opened = await openAccount(executeOn(warehouse, stage));
  const session = await connect(opened.login);
  return {
    session,
    warehouse,
    [Symbol.asyncDispose]: async () => {
      await session.close();
      await opened[Symbol.asyncDispose]();
      await warehouse.close();
      await rm(stage, { recursive: true });
    },
  };
}

/** What DuckDB has no notion of. */
const WITHOUT_MEANING = /^(DROP DATABASE|EXECUTE IMMEDIATE|CREATE TEMPORARY STAGE)/;

function executeOn(warehouse: Warehouse, stage: string): Execute {
  return async (sql, binds) => {
    try {
      const source = /^PUT 'file:\/\/(.+)' @/.exec(sql)?.[1];
      if (source) return { source, directory: stage };
      if (sql.startsWith("SHOW TABLES")) return await tablesOf(warehouse);
      if (/^(SELECT|WITH|CALL)\b/.test(sql)) return answerOf(await warehouse.query(sql));
      if (WITHOUT_MEANING.test(sql)) return SUCCEEDED;
      // A pipe is run by its name: verify.test.ts sees that the statement is the pipe's own.
      if (sql.startsWith("COPY INTO raw.raw_events")) await warehouse.copy("raw.events_pipe");
      else await warehouse.run(withBinds(sql, binds));
      return SUCCEEDED;
    } catch (error) {
      // Whatever it is: an answer without a code the driver asks for again, until the test's time is over.
      throw new SqlError("000000", "42000", error instanceof Error ? error.message : String(error));
    }
  };
}

async function tablesOf(warehouse: Warehouse): Promise<Answer> {
  const columns = await warehouse.columns();
  const isThere = columns.some(({ schema, table }) => schema === "ops" && table === "schema_version");
  return { columns: ["database_name", "schema_name"], rows: isThere ? [[SETTINGS.database, "OPS"]] : [] };
}

function answerOf(rows: readonly Row[]): Answer {
  const names = Object.keys(rows[0] ?? {});
  const text = (value: Row[string] | undefined) =>
    value === null || value === undefined ? null : String(value);
  return {
    columns: names.map((name) => name.toUpperCase()),
    rows: rows.map((row) => names.map((name) => text(row[name]))),
  };
}

/** DuckDB has no users either. */
function withBinds(sql: string, binds: readonly (string | null)[]): string {
  let at = 0;
  return sql.replace("CURRENT_USER()", "'DEPLOYER'").replaceAll("?", () => `'${binds[at++] ?? ""}'`);
}
