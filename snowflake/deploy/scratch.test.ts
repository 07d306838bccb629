import { expect, it } from "vitest";
import { sqlFiles } from "../sql/files.ts";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";
import { accountObjectsOf, dropsOf, scratchSettings } from "./scratch.ts";

const NOW = new Date("2026-11-21T13:00:00.000Z");

it("a scratch warehouse has a name of its own, and a place in the bucket where nothing arrives", () => {
  const settings = { ...DEFAULT_SETTINGS, bucket_url: "s3://my-bucket/events/" };
  const scratch = scratchSettings(settings, NOW);
  expect(scratch.database).toMatch(/^PLAYTRAIL_VERIFY_20261121_[0-9A-F]{8}$/);
  expect(scratch).toEqual({
    ...settings,
    database: scratch.database,
    bucket_url: `s3://my-bucket/events/${scratch.database}/`,
  });
  expect(scratchSettings(settings, NOW).database).not.toBe(scratch.database);
});

it("what stands beside the database is dropped, the last one made first", () => {
  const sql = `
    CREATE OR ALTER ROLE X_OWNER; CREATE WAREHOUSE IF NOT EXISTS X_WH; CREATE RESOURCE MONITOR IF NOT EXISTS X_MONITOR;
    CREATE STORAGE INTEGRATION IF NOT EXISTS X_S3 TYPE = EXTERNAL_STAGE; CREATE TRANSIENT DATABASE X;
    CREATE DATABASE ROLE reader; CREATE OR REPLACE VIEW database AS SELECT 'CREATE ROLE y'; GRANT ROLE X_OWNER TO ROLE SYSADMIN;`;
  expect(dropsOf(accountObjectsOf([{ name: "00_account.sql", sql }], "X"))).toEqual([
    "DROP DATABASE IF EXISTS X",
    "DROP STORAGE INTEGRATION IF EXISTS X_S3",
    "DROP RESOURCE MONITOR IF EXISTS X_MONITOR",
    "DROP WAREHOUSE IF EXISTS X_WH",
    "DROP ROLE IF EXISTS X_OWNER",
  ]);
});

it.each([
  ["an object of another name", "\nCREATE ROLE ANALYST", "x.sql, line 2: ROLE ANALYST does not begin with"],
  ["the account", "ALTER ACCOUNT SET TIMEZONE = 'UTC'", "x.sql, line 1: changes the account"],
])("%s is not touched by a trial", (_, sql, message) => {
  expect(() => accountObjectsOf([{ name: "x.sql", sql }], "X")).toThrow(message);
});

it("the files of the warehouse can be tried out", () => {
  const settings = scratchSettings(DEFAULT_SETTINGS, NOW);
  const types = accountObjectsOf(sqlFiles(settings), settings.database).map(({ type }) => type);
  expect(new Set(types)).toEqual(
    new Set([
      "ROLE",
      "WAREHOUSE",
      "RESOURCE MONITOR",
      "STORAGE INTEGRATION",
      "DATABASE",
      "NOTIFICATION INTEGRATION",
    ]),
  );
});
