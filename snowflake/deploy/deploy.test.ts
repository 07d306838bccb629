import { createHash } from "node:crypto";
import { expect, it, onTestFinished } from "vitest";
import type { SqlFile } from "../sql/files.ts";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";
import { connect } from "./connect.ts";
import { deploy } from "./deploy.ts";
import { SqlError } from "./fake-snowflake.ts";
import type { Problem } from "./smoke.ts";
import { openAccount, Recorder } from "./testing.ts";

const ACCOUNT_FILE: SqlFile = {
  name: "00_account.sql",
  sql: "CREATE ROLE a;\n-- ; is no end here\nCREATE ROLE b;",
};
const TABLES_FILE: SqlFile = { name: "10_tables.sql", sql: "CREATE TABLE t (\n  x INT\n);\n\nSELECT ';';\n" };
const SMOKE: SqlFile = { name: "90_smoke.sql", sql: "SELECT 'a' AS check_name, 'b' AS problem WHERE FALSE;" };
const FILES = [ACCOUNT_FILE, TABLES_FILE];

/** What the deployer says before its own questions and notes. */
const ENTER = ["USE ROLE PLAYTRAIL_OWNER", "USE WAREHOUSE PLAYTRAIL_LOAD_WH"];
const FIRST = ["CREATE ROLE a", "CREATE ROLE b"];
const SECOND = ["CREATE TABLE t (\n  x INT\n)", "SELECT ';'"];
const SMOKED = ["SELECT 'a' AS check_name, 'b' AS problem WHERE FALSE"];

it("runs every file in order, statement by statement, then the smoke checks", async () => {
  const { recorder, run } = await warehouse();
  const { problems, log } = await run(FILES);
  expect(recorder.statements).toEqual([...FIRST, ...ENTER, ...SECOND, ...ENTER, ...SMOKED]);
  expect(problems).toEqual([]);
  expect(log.map((line) => line.replace(/\d+\.\d s/, "… s"))).toEqual([
    "00_account.sql     2  statements  new\n" +
      "10_tables.sql      2  statements  new\n" +
      "2 files to run, 4 statements",
    "00_account.sql: 2 statements, … s",
    "10_tables.sql: 2 statements, … s",
    "the smoke checks hold",
  ]);
});

it("notes each file with its checksum and the number of its statements", async () => {
  const { recorder, run } = await warehouse();
  await run(FILES);
  expect(recorder.noted).toEqual([
    ["00_account.sql", sha256(ACCOUNT_FILE.sql), "2"],
    ["10_tables.sql", sha256(TABLES_FILE.sql), "2"],
  ]);
});

it("runs nothing again that is unchanged", async () => {
  const { recorder, run } = await warehouse();
  await run(FILES);
  recorder.statements = [];
  const { log } = await run(FILES);
  expect(recorder.statements).toEqual([...ENTER, ...SMOKED]);
  expect(log).toEqual([
    "00_account.sql     2  statements  unchanged\n" +
      "10_tables.sql      2  statements  unchanged\n" +
      "nothing to run",
    "the smoke checks hold",
  ]);
});

it("runs a changed file alone", async () => {
  const { recorder, run } = await warehouse();
  await run(FILES);
  recorder.statements = [];
  await run([ACCOUNT_FILE, { name: TABLES_FILE.name, sql: "CREATE TABLE t (y INT)" }]);
  expect(recorder.statements).toEqual([...ENTER, "CREATE TABLE t (y INT)", ...ENTER, ...SMOKED]);
  recorder.statements = [];
  await run([ACCOUNT_FILE, { name: TABLES_FILE.name, sql: "CREATE TABLE t (y INT)" }]);
  expect(recorder.statements).toEqual([...ENTER, ...SMOKED]);
});

it("runs unchanged files too where it is told to", async () => {
  const { recorder, run } = await warehouse();
  await run(FILES);
  recorder.statements = [];
  const { log } = await run(FILES, { all: true });
  expect(recorder.statements).toEqual([...ENTER, ...FIRST, ...ENTER, ...SECOND, ...ENTER, ...SMOKED]);
  expect(log[0]).toBe(
    "00_account.sql     2  statements  unchanged, run all the same\n" +
      "10_tables.sql      2  statements  unchanged, run all the same\n" +
      "2 files to run, 4 statements",
  );
});

it("plans without running, before the first deployment and after", async () => {
  const { recorder, run } = await warehouse();
  const first = await run(FILES, { planOnly: true });
  expect(first.log).toEqual([
    "00_account.sql     2  statements  new\n10_tables.sql      2  statements  new\n2 files to run, 4 statements",
  ]);
  expect({ statements: recorder.statements, noted: recorder.noted }).toEqual({ statements: [], noted: [] });

  await run([ACCOUNT_FILE]);
  recorder.statements = [];
  const second = await run(FILES, { planOnly: true });
  expect(second.log).toEqual([
    "00_account.sql     2  statements  unchanged\n" +
      "10_tables.sql      2  statements  new\n" +
      "1 file to run, 2 statements",
  ]);
  expect(recorder.statements).toEqual(ENTER);
});

it("says which statement Snowflake refused and why, and notes neither its file nor those after it", async () => {
  const { recorder, run } = await warehouse();
  recorder.answers.set("CREATE TABLE t", () => {
    throw new SqlError("001003", "42000", "SQL compilation error:\nsyntax error line 2 at position 2.");
  });
  const third = { name: "20_more.sql", sql: "CREATE TABLE u (x INT)" };
  await expect(run([ACCOUNT_FILE, TABLES_FILE, third])).rejects.toThrow(
    [
      "10_tables.sql, line 1, statement 1:",
      "  CREATE TABLE t (",
      "  001003 (42000): SQL compilation error:\nsyntax error line 2 at position 2.",
    ].join("\n"),
  );
  expect(recorder.noted.map(([file]) => file)).toEqual(["00_account.sql"]);

  recorder.answers.clear();
  recorder.statements = [];
  await run([ACCOUNT_FILE, TABLES_FILE, third]);
  expect(recorder.statements).toEqual([
    ...ENTER,
    ...SECOND,
    ...ENTER,
    "CREATE TABLE u (x INT)",
    ...ENTER,
    ...SMOKED,
  ]);
});

it("does not note a file whose last statement alone fails", async () => {
  const { recorder, run } = await warehouse();
  recorder.answers.set("SELECT ';'", () => {
    throw new SqlError("000904", "42000", "invalid identifier");
  });
  await expect(run([TABLES_FILE])).rejects.toThrow("10_tables.sql, line 5, statement 2:\n  SELECT ';'");
  expect(recorder.noted).toEqual([]);
});

it("says what it could not note", async () => {
  const { recorder, run } = await warehouse();
  recorder.answers.set("USE WAREHOUSE", () => {
    throw new SqlError("002043", "02000", "Object does not exist, or operation cannot be performed.");
  });
  await expect(run(FILES)).rejects.toThrow(
    [
      "what was deployed (ops.schema_version):",
      "  USE WAREHOUSE PLAYTRAIL_LOAD_WH",
      "  002043 (02000): Object does not exist, or operation cannot be performed.",
    ].join("\n"),
  );
});

it("tells what a smoke check finds", async () => {
  const { recorder, run } = await warehouse();
  recorder.answers.set("SELECT 'a' AS check_name", () => ({
    columns: ["CHECK_NAME", "PROBLEM"],
    rows: [["events_once", "e-1 is there twice"]],
  }));
  const { problems } = await run(FILES);
  expect(problems).toEqual([{ check: "events_once", problem: "e-1 is there twice" }]);
});

interface Warehouse {
  recorder: Recorder;
  run(
    files: readonly SqlFile[],
    how?: { planOnly?: boolean; all?: boolean },
  ): Promise<{ problems: Problem[]; log: string[] }>;
}

/** An account that only writes down, and the deployer's one session in it, through the real driver. */
async function warehouse(): Promise<Warehouse> {
  const recorder = new Recorder();
  const account = await openAccount(recorder.execute);
  const session = await connect(account.login);
  onTestFinished(async () => {
    await session.close();
    await account[Symbol.asyncDispose]();
  });
  recorder.statements = [];
  return {
    recorder,
    run: async (files, { planOnly = false, all = false } = {}) => {
      const log: string[] = [];
      const settings = DEFAULT_SETTINGS;
      const problems = await deploy({
        session,
        settings,
        files,
        smoke: SMOKE,
        planOnly,
        all,
        log: (line) => log.push(line),
      });
      return { problems, log };
    },
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
