import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { SqlError, SUCCEEDED } from "./fake-snowflake.ts";
import { openAccount, PASSPHRASE, Recorder, type TestAccount, writeKeyPair } from "./testing.ts";

const PLACE = {
  PLAYTRAIL_BUCKET_URL: "s3://my-bucket/events/",
  PLAYTRAIL_AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/snowflake",
  PLAYTRAIL_AWS_EXTERNAL_ID: "my-external-id",
  PLAYTRAIL_ALERT_EMAILS: "ops@studio.example",
};

it("deploys the warehouse, and the second time nothing", async () => {
  const { recorder, cli } = await start();
  const first = await cli(["deploy"]);
  expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: "" });
  expect(first.stdout).toMatch(/^00_account\.sql +\d+ {2}statements {2}new\n/);
  expect(recorder.noted.map(([file]) => file)).toContain("30_load.sql");
  expect(recorder.noted.map(([file]) => file)).not.toContain("90_smoke.sql");

  const second = await cli(["deploy"]);
  expect(second).toMatchObject({ code: 0, stderr: "" });
  expect(second.stdout).toMatch(/\nnothing to run\nthe smoke checks hold\n$/);
});

it("shows a plan, and runs nothing", async () => {
  const { recorder, cli } = await start();
  const { code, stdout } = await cli(["deploy", "--plan"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\n\d+ files to run, \d+ statements\n$/);
  expect(recorder.statements).toEqual(["ALTER SESSION SET TIMEZONE = 'UTC'"]);
});

it("ends with 1 where a statement fails, and names file, line, statement and Snowflake's answer", async () => {
  const { recorder, cli } = await start();
  recorder.answers.set("CREATE OR ALTER TABLE core.events", () => {
    throw new SqlError("001003", "42000", "SQL compilation error.");
  });
  const { code, stderr } = await cli(["deploy"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^20_core\.sql, line \d+, statement \d+:\n {2}CREATE OR ALTER TABLE core\.events \(\n {2}001003 \(42000\): SQL compilation error\.\n$/,
  );
  expect(recorder.noted.map(([file]) => file)).toEqual(["00_account.sql", "10_raw.sql"]);
});

it("ends with 1 where a check finds something", async () => {
  const { recorder, cli } = await start();
  recorder.answers.set("SELECT 'one_salt'", () => ({
    columns: ["CHECK_NAME", "PROBLEM"],
    rows: [["one_salt", "load.erasure_salt has 2 rows"]],
  }));
  expect(await cli(["deploy"])).toMatchObject({
    code: 1,
    stderr: "one_salt: load.erasure_salt has 2 rows\n",
  });
});

it("ends with 2 and the usage where options are missing", async () => {
  const { cli } = await start();
  const { code, stderr } = await cli(["deploy"], { SNOWFLAKE_USER: "", PLAYTRAIL_BUCKET_URL: "" });
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^missing: --user \(or SNOWFLAKE_USER\), --bucket-url \(or PLAYTRAIL_BUCKET_URL\)\n\nnpm run snowflake:deploy/,
  );
});

it("prints no secret, whatever goes wrong", async () => {
  const { account, recorder, cli } = await start();
  recorder.answers.set("CREATE", () => {
    throw new SqlError("003001", "42501", "Insufficient privileges.");
  });
  const { privateKeyPath } = writeKeyPair(account.directory, "another");
  const runs = [
    await cli(["deploy"], { SNOWFLAKE_PRIVATE_KEY_PATH: privateKeyPath }),
    await cli(["deploy"], { SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: "wrong-passphrase" }),
    await cli(["deploy"], { SNOWFLAKE_ACCOUNT: "another" }),
    await cli(["deploy"]),
    await cli(["verify"]),
  ];
  for (const { code, stdout, stderr } of runs) {
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^(cannot log in to|the private key|00_account\.sql, line|verify: 00_account\.sql, line) /,
    );
    expect(stdout + stderr).not.toMatch(
      /open sesame|wrong-passphrase|PRIVATE KEY-----|eyJ|Snowflake Token|\n +at /,
    );
  }
}, 60_000);

it("leaves no log, and talks to nobody but the account", async () => {
  const { account, cli } = await start();
  const { code, stderr } = await cli(["deploy", "--plan"], {
    NODE_OPTIONS: `--import ${tellingOfConnections()}`,
  });
  expect(code).toBe(0);
  const { hostname, port } = new URL(account.snowflake.url);
  expect(new Set(stderr.trim().split("\n"))).toEqual(new Set([`connects to ${hostname}:${port}`]));
  expect(account.snowflake.openSessions()).toBe(0);
  // The driver always makes a directory for answers about certificates.
  expect((await readdir(account.directory)).sort()).toEqual([".cache", "key.p8"]);
});

it("drops what a verification has made, when it is stopped by Ctrl-C", async () => {
  const { recorder, cli, children } = await start();
  recorder.answers.set("CREATE DATABASE", () => {
    for (const child of children) child.kill("SIGINT");
    return SUCCEEDED;
  });
  const { code, stderr } = await cli(["verify"]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "verify: stopped before it was done\n" });
  const drops = recorder.statements.slice(recorder.statements.lastIndexOf("USE ROLE ACCOUNTADMIN") + 1);
  expect(drops[0]).toMatch(
    /^DROP NOTIFICATION INTEGRATION IF EXISTS PLAYTRAIL_VERIFY_\d{8}_[0-9A-F]{8}_EMAIL$/,
  );
  expect(drops.at(-1)).toMatch(/^DROP ROLE IF EXISTS PLAYTRAIL_VERIFY_\d{8}_[0-9A-F]{8}_OWNER$/);
});

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Started {
  account: TestAccount;
  recorder: Recorder;
  /** The processes that were started. */
  children: ChildProcess[];
  cli(args: string[], env?: Record<string, string>): Promise<Run>;
}

/** An account, and the command line as a process of its own, in the account's directory and with nothing else in its environment. */
async function start(): Promise<Started> {
  const recorder = new Recorder();
  const account = await openAccount(recorder.execute);
  onTestFinished(() => account[Symbol.asyncDispose]());
  const { directory, login } = account;
  const environment = {
    ...PLACE,
    PATH: process.env.PATH,
    HOME: directory,
    SNOWFLAKE_ACCOUNT: login.account,
    SNOWFLAKE_USER: login.user,
    SNOWFLAKE_PRIVATE_KEY_PATH: login.privateKeyPath,
    SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: PASSPHRASE,
    SNOWFLAKE_ACCESS_URL: login.accessUrl,
  };
  const children: ChildProcess[] = [];
  return {
    account,
    recorder,
    children,
    async cli(args, env = {}) {
      const child = spawn(process.execPath, [`${import.meta.dirname}/index.ts`, ...args], {
        cwd: directory,
        env: { ...environment, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      children.push(child);
      const [stdout, stderr, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, "exit"),
      ]);
      return { code, stdout, stderr };
    },
  };
}

/** A module that tells on stderr whom its process connects to. */
function tellingOfConnections(): string {
  const source = `
    import { Socket } from "node:net";
    const connect = Socket.prototype.connect;
    Socket.prototype.connect = function (...args) {
      const { host, port, path } = [args[0]].flat()[0];
      console.error("connects to " + (path ?? host + ":" + port));
      return connect.apply(this, args);
    };`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
