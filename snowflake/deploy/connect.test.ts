import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { connect } from "./connect.ts";
import { type Execute, SqlError, SUCCEEDED } from "./fake-snowflake.ts";
import { openAccount, type TestAccount, writeKeyPair } from "./testing.ts";

it("logs in with the key, tags its statements, keeps to UTC, and logs out", async () => {
  const statements: string[] = [];
  const { login, snowflake } = await account((sql) => {
    statements.push(sql);
    return SUCCEEDED;
  });
  const session = await connect(login);
  expect(snowflake.sessionParameters).toMatchObject({ QUERY_TAG: "playtrail:deploy" });
  expect(statements).toEqual(["ALTER SESSION SET TIMEZONE = 'UTC'"]);
  expect(snowflake.openSessions()).toBe(1);
  await session.close();
  expect(snowflake.openSessions()).toBe(0);
});

it("tells Snowflake nothing beside: no telemetry", async () => {
  const { login, snowflake } = await account(() => SUCCEEDED);
  await (await connect(login)).close();
  expect(snowflake.requests).toEqual([
    "POST /session/v1/login-request",
    "POST /queries/v1/query-request",
    "POST /session",
  ]);
});

it("binds values, and reads rows as text", async () => {
  const { login } = await account((sql, binds) =>
    sql.startsWith("SELECT") ? { columns: ["A", "B"], rows: [[...binds]] } : SUCCEEDED,
  );
  const session = await connect(login);
  onTestFinished(() => session.close());
  expect(await session.query("SELECT ?, ?", ["it's", 12])).toEqual([{ A: "it's", B: "12" }]);
  expect(await session.query("SELECT ?, ?", [null, "x"])).toEqual([{ A: null, B: "x" }]);
});

it("hands over what Snowflake says of an error, and nothing of the request", async () => {
  const { login } = await account((sql) => {
    if (sql.startsWith("SELECT")) throw new SqlError("002003", "42S02", "Object 'T' does not exist.");
    return SUCCEEDED;
  });
  const session = await connect(login);
  onTestFinished(() => session.close());
  const error = await session.query("SELECT * FROM t").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: "002003 (42S02): Object 'T' does not exist.", code: "002003" });
  expect(Object.keys(error as object).sort()).toEqual(["code", "name"]);
});

it("says that the key is not the user's", async () => {
  const { login, directory } = await account(() => SUCCEEDED);
  const { privateKeyPath } = writeKeyPair(directory, "another");
  await expect(connect({ ...login, privateKeyPath })).rejects.toThrow(
    "cannot log in to myorg-myaccount as deployer: 390144 (08001): JWT token is invalid.\n" +
      "Is the public key set on the user deployer?",
  );
});

it.each([
  ["of another user", { user: "somebody" }],
  ["of another account", { account: "otherorg-account" }],
])("is refused with the key %s", async (_, other) => {
  const { login } = await account(() => SUCCEEDED);
  await expect(connect({ ...login, ...other })).rejects.toThrow("390144 (08001): JWT token is invalid.");
});

it("says what is wrong with the key's file, before it connects", async () => {
  const { login, directory, snowflake } = await account(() => SUCCEEDED);
  const path = login.privateKeyPath;
  await expect(connect({ ...login, privateKeyPath: join(directory, "none.p8") })).rejects.toThrow(
    `the private key ${join(directory, "none.p8")} cannot be read: ENOENT`,
  );
  await expect(connect({ ...login, passphrase: undefined })).rejects.toThrow(
    `the private key ${path} has a passphrase: set SNOWFLAKE_PRIVATE_KEY_PASSPHRASE`,
  );
  await expect(connect({ ...login, passphrase: "wrong" })).rejects.toThrow(
    `the private key ${path} is no PEM file of a private key, or SNOWFLAKE_PRIVATE_KEY_PASSPHRASE is not its passphrase`,
  );
  const notAKey = join(directory, "not-a-key.p8");
  await writeFile(notAKey, "hello");
  await expect(connect({ ...login, privateKeyPath: notAKey })).rejects.toThrow(
    "is no PEM file of a private key",
  );
  expect(snowflake.requests).toEqual([]);
});

it("leaves no log behind", async () => {
  const before = await readdir(".");
  const { login } = await account(() => SUCCEEDED);
  await (await connect(login)).close();
  expect(await readdir(".")).toEqual(before);
});

async function account(execute: Execute): Promise<TestAccount> {
  const opened = await openAccount(execute);
  onTestFinished(() => opened[Symbol.asyncDispose]());
  return opened;
}
