import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import type { SqlFile } from "../sql/files.ts";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";
import { connect } from "./connect.ts";
import { type Execute, SqlError, SUCCEEDED } from "./fake-snowflake.ts";
import type { Problem } from "./smoke.ts";
import { openAccount, Recorder } from "./testing.ts";
import { verify } from "./verify.ts";

const SETTINGS = { ...DEFAULT_SETTINGS, database: "TRIAL" };

const PIPE = `CREATE PIPE IF NOT EXISTS raw.events_pipe
  AUTO_INGEST = TRUE
  AS
  COPY INTO raw.raw_events (payload) FROM (SELECT $1 FROM @raw.events_stage) ON_ERROR = CONTINUE`;

const FILES: SqlFile[] = [
  { name: "00_account.sql", sql: "CREATE ROLE TRIAL_OWNER; CREATE DATABASE TRIAL;" },
  { name: "10_raw.sql", sql: `${PIPE};` },
];

const SMOKE: SqlFile = { name: "90_smoke.sql", sql: "SELECT 'a' AS check_name, 'b' AS problem WHERE FALSE;" };

const DROPPED = ["USE ROLE ACCOUNTADMIN", "DROP DATABASE IF EXISTS TRIAL", "DROP ROLE IF EXISTS TRIAL_OWNER"];

it("deploys, loads the fixture as the pipe would, checks, and drops what it made", async () => {
  const { recorder, run, uploads } = await trial();
  expect(await run()).toEqual([]);

  const { statements } = recorder;
  expect(statements.filter((sql) => /^(CREATE|COPY|CALL|DROP|ALTER TASK)/.test(sql))).toEqual([
    "CREATE ROLE TRIAL_OWNER",
    "CREATE DATABASE TRIAL",
    PIPE,
    "ALTER TASK load.load_events SUSPEND",
    "CREATE TEMPORARY STAGE raw.fixture_stage",
    "COPY INTO raw.raw_events (payload) FROM (SELECT $1 FROM @raw.fixture_stage) ON_ERROR = CONTINUE",
    "CALL load.load_batch()",
    ...DROPPED.slice(1),
  ]);
  expect(statements.slice(-3)).toEqual(DROPPED);

  const fixture = readFileSync(join(import.meta.dirname, "../fixtures/events.ndjson"), "utf8");
  const [name = ""] = readdirSync(uploads);
  expect(name).toBe("events.ndjson.gz");
  expect(gunzipSync(readFileSync(join(uploads, name))).toString()).toBe(fixture);
});

it("drops it too where a statement fails, and says which one", async () => {
  const { recorder, run } = await trial();
  recorder.answers.set("CREATE PIPE", refuse("003167", "Error assuming AWS_ROLE."));
  expect(await run()).toEqual([
    {
      check: "verify",
      problem:
        "10_raw.sql, line 1, statement 1:\n  CREATE PIPE IF NOT EXISTS raw.events_pipe\n  003167 (42000): Error assuming AWS_ROLE.",
    },
  ]);
  expect(recorder.statements.slice(-3)).toEqual(DROPPED);
});

it("drops it too where it is stopped", async () => {
  const { recorder, run } = await trial();
  const stop = new AbortController();
  recorder.answers.set("CREATE DATABASE", () => {
    stop.abort();
    return SUCCEEDED;
  });
  expect(await run(stop.signal)).toEqual([{ check: "verify", problem: "stopped before it was done" }]);
  expect(recorder.statements).toEqual(["CREATE ROLE TRIAL_OWNER", ...DROPPED]);
});

it("tells what the checks find", async () => {
  const { recorder, run } = await trial();
  const found = {
    columns: ["CHECK_NAME", "PROBLEM"],
    rows: [["fixture_total", "all revenue is 26.38 USD, not 26.39"]],
  };
  recorder.answers.set("SELECT 'fixture_total'", () => found);
  expect(await run()).toEqual([{ check: "fixture_total", problem: "all revenue is 26.38 USD, not 26.39" }]);
});

it("names what it could not drop, and drops the rest", async () => {
  const { recorder, run } = await trial();
  recorder.answers.set("DROP DATABASE", refuse("003001", "Insufficient privileges."));
  expect(await run()).toEqual([
    { check: "drop", problem: "DROP DATABASE IF EXISTS TRIAL: 003001 (42000): Insufficient privileges." },
  ]);
  expect(recorder.statements.at(-1)).toBe("DROP ROLE IF EXISTS TRIAL_OWNER");
});

it("says what to run by hand where nothing can be dropped", async () => {
  const { recorder, run } = await trial();
  recorder.answers.set("USE ROLE ACCOUNTADMIN", refuse("003107", "Requested role is not assigned"));
  expect(await run()).toEqual([
    {
      check: "drop",
      problem:
        "nothing could be dropped (003107 (42000): Requested role is not assigned). Run by hand:\n" +
        "DROP DATABASE IF EXISTS TRIAL;\nDROP ROLE IF EXISTS TRIAL_OWNER;",
    },
  ]);
});

interface Trial {
  recorder: Recorder;
  /** Where a file that is put on a stage arrives. */
  uploads: string;
  run(stop?: AbortSignal): Promise<Problem[]>;
}

async function trial(): Promise<Trial> {
  const recorder = new Recorder();
  let uploads = "";
  const execute: Execute = (sql, binds) => {
    const source = /^PUT 'file:\/\/(.+)' @/.exec(sql)?.[1];
    return source ? { source, directory: uploads } : recorder.execute(sql, binds);
  };
  const account = await openAccount(execute);
  uploads = join(account.directory, "stage");
  const session = await connect(account.login);
  onTestFinished(async () => {
    await session.close();
    await account[Symbol.asyncDispose]();
  });
  recorder.statements = [];
  return {
    recorder,
    uploads,
    run: (stop = new AbortController().signal) =>
      verify({ session, settings: SETTINGS, files: FILES, smoke: SMOKE, stop, log: () => {} }),
  };
}

function refuse(code: string, message: string): () => never {
  return () => {
    throw new SqlError(code, "42000", message);
  };
}
