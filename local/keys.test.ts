import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { decode, verify } from "hono/jwt";
import { expect, test } from "vitest";
import { ensureSecrets, secretsFile } from "./secrets.ts";
import { temporaryDirectory } from "./testing.ts";

const SECRET = "a-secret-of-the-test-suite-32-chars!";
const MINT = ["mint", "--game", "awesome_game", "--role", "write"];

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command in `cwd`, as a person would. */
async function keys(cwd: string, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const command = [join(import.meta.dirname, "keys.ts"), ...args];
  const run = promisify(execFile)(process.execPath, command, { cwd, env });
  return run.then(
    (output) => ({ code: 0, ...output }),
    ({ code, stdout, stderr }: Outcome) => ({ code, stdout, stderr }),
  );
}

/** What is said of a key beside it. */
const note = (key: string, source: string) =>
  `key ${decode(key).payload.jti}, signed with KEY_SECRETS of ${source}\n`;

test("a key is all that is printed on stdout, and says what was asked for; its id stands beside it", async () => {
  const { stdout, stderr, code } = await keys(await temporaryDirectory(), MINT, { KEY_SECRETS: SECRET });
  expect({ code, stderr }).toEqual({ code: 0, stderr: note(stdout.trim(), "the environment") });
  expect(decode(stdout.trim()).payload).toEqual({
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    game: "awesome_game",
    role: "write",
    iat: expect.any(Number),
  });
  await expect(verify(stdout.trim(), SECRET, "HS256")).resolves.toBeDefined();
});

test("the secret comes from the environment, else .dev.vars, else the data directory; of two the first", async () => {
  const cwd = await temporaryDirectory();
  const { KEY_SECRETS } = await ensureSecrets(cwd);
  const fromData = await keys(cwd, [...MINT, "--data", "."]);
  expect(fromData.stderr).toBe(note(fromData.stdout.trim(), secretsFile(".")));
  await expect(verify(fromData.stdout.trim(), KEY_SECRETS, "HS256")).resolves.toBeDefined();

  await writeFile(join(cwd, ".dev.vars"), `KEY_SECRETS="${SECRET},the-one-before-of-at-least-32-chars!"\n`);
  const fromDevVars = await keys(cwd, [...MINT, "--data", "."]);
  expect(fromDevVars.stderr).toBe(note(fromDevVars.stdout.trim(), ".dev.vars"));
  await expect(verify(fromDevVars.stdout.trim(), SECRET, "HS256")).resolves.toBeDefined();
});

test.each<[string[], string]>([
  [["mint", "--role", "write"], "--game is missing"],
  [["mint", "--game", "g", "--role", "root"], '--role must be one of write, server, read, admin; got "root"'],
  [["list"], 'the command must be mint; got "list"'],
  [["mint", "--name", "g"], "Unknown option '--name'"],
  [["mint", "--game", "My Game", "--role", "write"], "at game"],
])("%j is refused by naming what is wrong", async (args, message) => {
  const { code, stdout, stderr } = await keys(await temporaryDirectory(), args, { KEY_SECRETS: SECRET });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(message);
});

test("without a secret it says where one could come from", async () => {
  const { code, stderr } = await keys(await temporaryDirectory(), MINT);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `there is no KEY_SECRETS in the environment, in .dev.vars or in ${join(".local", "secrets.json")}: set it, or run npm start once`,
  );
});
