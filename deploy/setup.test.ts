import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { build } from "esbuild";
import { verify } from "hono/jwt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CrashableCollector, SECRETS, settingsOf, startCollector } from "../bench/faults/collector.ts";
import { CREDENTIALS, REGION, STREAM, type StandIn, startStandIn } from "../bench/faults/stand-in.ts";
import { temporaryDirectory } from "../local/testing.ts";
import type { Call, Cloudflare } from "./fake-wrangler.ts";
import { parseOptions } from "./options.ts";
import { setup } from "./setup.ts";

const AT_ONCE = { withinMs: 0, pauseMs: 0 };
const ACCOUNT = { id: "0123456789abcdef", name: "A studio" };
const KEY_SECRETS = SECRETS.KEY_SECRETS ?? "";

/** The whole thing, but for Cloudflare: a Firehose that verifies signatures, and a collector that is deployed already. */
let firehose: StandIn;
let collector: CrashableCollector;
let tools: string;

beforeAll(async () => {
  tools = await mkdtemp(join(tmpdir(), "playtrail-setup-"));
  // Without its types it starts three times as fast, and it is started often.
  const [entry, outfile] = [join(import.meta.dirname, "fake-wrangler.ts"), join(tools, "wrangler.mjs")];
  await build({ entryPoints: [entry], outfile, platform: "node", format: "esm" });
  firehose = await startStandIn();
  collector = await startCollector(settingsOf(firehose.url, {}));
});

afterAll(async () => {
  await collector.stop();
  await firehose.close();
  await rm(tools, { recursive: true });
});

const toml = () => `name = "playtrail"

[env.production.vars]
FIREHOSE_STREAM = "${STREAM}"  # the delivery stream's name
AWS_REGION = "${REGION}"
FIREHOSE_ENDPOINT = "${firehose.url}"
FIREHOSE_MIB_PER_S = "5"

[env.staging.vars]
FIREHOSE_STREAM = "another"
`;

interface Outcome {
  /** Each line that was said. */
  said: string[];
  /** Why it stopped; undefined: it did not. */
  error: string | undefined;
}

/** A checkout and an account, in which setup is run. */
async function studio(known: Partial<Cloudflare> = {}, settings = toml()) {
  const directory = await temporaryDirectory();
  const path = (name: string) => join(directory, name);
  const cloudflare: Cloudflare = { accounts: [ACCOUNT], secrets: null, targets: [collector.url], ...known };
  await writeFile(path("wrangler.toml"), settings);
  await writeFile(path("cloudflare.json"), JSON.stringify(cloudflare));
  await writeFile(path("calls.ndjson"), "");

  async function run(
    args: string[],
    env: Record<string, string> = {},
    consent: string[] = ["--yes"],
  ): Promise<Outcome> {
    const said: string[] = [];
    const command = await parseOptions([...args, ...consent], { env, stdin: async () => "" });
    if (command.kind !== "setup") return { said, error: JSON.stringify(command) };
    const running = setup(command, {
      wrangler: [process.execPath, join(tools, "wrangler.mjs"), directory],
      directory,
      env: { PATH: process.env.PATH, ...env },
      ask: undefined,
      say: (line) => said.push(line),
      patience: AT_ONCE,
      keyPatience: AT_ONCE,
    });
    return {
      said,
      error: await running.then(
        () => undefined,
        (error: Error) => error.message,
      ),
    };
  }

  return {
    run,
    read: (name: string) => readFile(path(name), "utf8"),
    stat: (name: string) => stat(path(name)),
    /** Changes what Cloudflare knows. */
    change: async (changes: Partial<Cloudflare>) => {
      const now = JSON.parse(await readFile(path("cloudflare.json"), "utf8"));
      await writeFile(path("cloudflare.json"), JSON.stringify({ ...now, ...changes }));
    },
    cloudflare: async (): Promise<Cloudflare> => JSON.parse(await readFile(path("cloudflare.json"), "utf8")),
    calls: async (): Promise<Call[]> =>
      (await readFile(path("calls.ndjson"), "utf8"))
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

const commandsOf = (calls: Call[]) => calls.map(({ args }) => args.join(" "));

const AWS = {
  PLAYTRAIL_AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  PLAYTRAIL_AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};
/** The collector of these tests was started with a secret of its own, as one is whose studio keeps it. */
const GIVEN = { ...AWS, PLAYTRAIL_KEY_SECRETS: KEY_SECRETS };

const LOOKS = ["whoami --json", "secret list --format json --env production"];
const CHANGES = ["secret bulk --env production", "deploy --env production"];

describe("a first deployment", () => {
  it("sets what the Worker needs, deploys, mints the first keys, and sees an event delivered", async () => {
    const { run, calls, cloudflare } = await studio();
    const { said, error } = await run(["--env", "production", "--game", "first_game"], GIVEN);
    expect(error).toBeUndefined();
    expect(commandsOf(await calls())).toEqual([...LOOKS, ...CHANGES]);
    expect((await cloudflare()).secrets).toEqual({
      KEY_SECRETS,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    });
    expect(said.filter((line) => line.startsWith("✓"))).toEqual([
      "✓ wrangler.toml stands",
      "✓ the Worker has its secrets: KEY_SECRETS, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
      `✓ deployed: ${collector.url}`,
      "✓ ready: its settings are right, and every queue delivers",
      "✓ the first keys of first_game, shown this once:",
      expect.stringMatching(`^✓ Firehose's stream ${STREAM} in ${REGION} took the test event`),
    ]);

    const keys = said.flatMap((line) => line.match(/^ {4}(\w+) +(\S+) {3}\(id (\S+)\)$/)?.slice(1, 3) ?? []);
    expect(keys.filter((_, index) => index % 2 === 0)).toEqual(["write", "read", "admin"]);
    await expect(verify(keys[1] ?? "", KEY_SECRETS, "HS256")).resolves.toMatchObject({
      game: "first_game",
      role: "write",
    });
    expect(await firehose.collect()).toHaveLength(1);
  });

  it("run again changes nothing that stands, no key and no secret, and sees another event delivered", async () => {
    const { run, calls } = await studio();
    const args = ["--env", "production", "--game", "second_game"];
    await run(args, GIVEN);
    await firehose.collect();
    const before = (await calls()).length;
    const { said, error } = await run(args, { PLAYTRAIL_KEY_SECRETS: KEY_SECRETS });
    expect(error).toBeUndefined();
    expect(commandsOf((await calls()).slice(before))).toEqual([...LOOKS, ...CHANGES]);
    expect(said).toContain("AWS             the Worker's key stays; nobody can read it back to check it");
    expect(said).toContain("✓ second_game has 3 keys; an admin key mints more (docs/keys.md)");
    expect(said).toContainEqual(expect.stringMatching(/took the test event/));
    expect(await firehose.collect()).toHaveLength(1);
  });

  it("makes a secret for keys, and keeps it where only its owner reads it", async () => {
    const { run, read, stat, cloudflare } = await studio();
    const { said } = await run(["--env", "production"], AWS);
    const kept = parseEnv(await read(".env.keys.production")).KEY_SECRETS ?? "";
    expect(kept).toMatch(/^[\w-]{43}$/);
    expect((await stat(".env.keys.production")).mode & 0o777).toBe(0o600);
    expect((await cloudflare()).secrets).toMatchObject({ KEY_SECRETS: kept });
    expect(said.join("\n")).not.toContain(kept);
    expect(said.join("\n")).toContain("KEY_SECRETS is in .env.keys.production");
  });

  it("that broke off goes on with the secret that it had made", async () => {
    const { run, read, cloudflare, change } = await studio();
    await change({ fails: { command: "secret bulk", message: "Internal error" } });
    expect(await run(["--env", "production"], AWS)).toMatchObject({
      error: "wrangler secret bulk failed:\n✘ [ERROR] Internal error",
    });
    const kept = parseEnv(await read(".env.keys.production")).KEY_SECRETS;
    await change({ fails: undefined });
    const { said } = await run(["--env", "production"], AWS);
    expect((await cloudflare()).secrets).toMatchObject({ KEY_SECRETS: kept });
    expect(said.join("\n")).toContain("set KEY_SECRETS (an earlier setup), AWS_ACCESS_KEY_ID");
  });
});

describe("what is changed later", () => {
  const OLD = {
    KEY_SECRETS,
    AWS_ACCESS_KEY_ID: "old",
    AWS_SECRET_ACCESS_KEY: "old",
    AWS_SESSION_TOKEN: "old",
  };

  it("a stream is changed in wrangler.toml, and nothing else there", async () => {
    const { run, read } = await studio({ secrets: OLD });
    const { said, error } = await run(["--env", "production", "--stream", "new-events"]);
    expect(error).toBeUndefined();
    expect(said).toContain(
      `wrangler.toml   in [env.production.vars]: FIREHOSE_STREAM "${STREAM}" → "new-events"`,
    );
    expect(await read("wrangler.toml")).toBe(toml().replace(`"${STREAM}"`, '"new-events"'));
  });

  it("another AWS key takes the old one's token away, which AWS would refuse with it", async () => {
    const { run, cloudflare } = await studio({ secrets: OLD });
    const { said } = await run(["--env", "production"], AWS);
    expect((await cloudflare()).secrets).toEqual({
      KEY_SECRETS,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    });
    expect(said).toContain(
      "✓ the Worker has its secrets: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, no AWS_SESSION_TOKEN",
    );
  });

  it("a rotated secret stands before the one that keys were signed with so far", async () => {
    const { run, cloudflare, read } = await studio({ secrets: OLD });
    const kept = async () => parseEnv(await read(".env.keys.production")).KEY_SECRETS;
    const args = ["--env", "production", "--rotate-keys"];
    await run(args, { PLAYTRAIL_KEY_SECRETS: KEY_SECRETS });
    const rotated = (await cloudflare()).secrets?.KEY_SECRETS ?? "";
    const [fresh = "", ...rest] = rotated.split(",");
    expect([fresh, rest]).toEqual([expect.stringMatching(/^[\w-]{43}$/), [KEY_SECRETS]]);
    expect(await kept()).toBe(rotated);

    expect(await run(args)).toMatchObject({ error: expect.stringContaining("a rotation is under way") });
    expect((await cloudflare()).secrets).toMatchObject({ KEY_SECRETS: rotated });

    await run(["--env", "production"], { PLAYTRAIL_KEY_SECRETS: fresh });
    expect([(await cloudflare()).secrets?.KEY_SECRETS, await kept()]).toEqual([fresh, fresh]);
  });

  it("keys are not minted where nobody knows what they are signed with, and it says so", async () => {
    const { run } = await studio({ secrets: OLD });
    const { said, error } = await run(["--env", "production", "--game", "third_game"]);
    expect(error).toBeUndefined();
    expect(said.filter((line) => line.startsWith("–"))).toEqual([
      expect.stringContaining("set PLAYTRAIL_KEY_SECRETS to it"),
      expect.stringContaining("set PLAYTRAIL_KEY_SECRETS to it"),
    ]);
  });
});

describe("without a terminal", () => {
  it("every step is shown, and none is taken that --yes has not agreed to", async () => {
    const { run, calls, read } = await studio();
    const { said, error } = await run(["--env", "production", "--stream", "new-events"], GIVEN, []);
    expect(error).toBe("nobody can be asked here: pass --yes to take these steps. Nothing was changed");
    expect(said).toContain("deploy          wrangler deploy --env production");
    expect(commandsOf(await calls())).toEqual(LOOKS);
    expect(await read("wrangler.toml")).toBe(toml());
  });
});

describe("a dry run", () => {
  it("shows every step, and makes no call that changes anything", async () => {
    const { run, calls, read } = await studio();
    const args = ["--env", "production", "--stream", "new-events", "--game", "my_game", "--dry-run"];
    expect(await run(args, AWS)).toEqual({
      error: undefined,
      said: [
        "Cloudflare      A studio",
        `AWS             the key is genuine in ${REGION}; whether it may write to new-events the test event shows`,
        `wrangler.toml   in [env.production.vars]: FIREHOSE_STREAM "${STREAM}" → "new-events"`,
        "secrets         set KEY_SECRETS (made now, kept in .env.keys.production), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
        "deploy          wrangler deploy --env production",
        "ready           wait until GET /ready answers 200",
        "keys            mint the first keys of my_game, if it has none: write, read, admin",
        "event           send one test event to my_game, and see Firehose take it",
        "\nNothing was changed.",
      ],
    });
    expect(commandsOf(await calls())).toEqual(LOOKS);
    expect(await read("wrangler.toml")).toBe(toml());
    await expect(read(".env.keys.production")).rejects.toThrow("ENOENT");
    expect(await firehose.collect()).toEqual([]);
  });

  it("goes on where AWS is not reached, as nothing else does", async () => {
    const { run, calls } = await studio({}, toml().replace(firehose.url, "http://127.0.0.1:9"));
    const { said, error } = await run(["--env", "production", "--dry-run"], AWS);
    expect(error).toBeUndefined();
    expect(said).toContainEqual(
      expect.stringMatching(/^AWS +it did not say whether the key is good, NetworkError/),
    );
    expect(said).toContain("\nNothing was changed.");
    expect(await run(["--env", "production"], AWS)).toMatchObject({
      error: expect.stringMatching(/^AWS did not say whether the key is good.*\n.* Nothing was changed$/),
    });
    expect(commandsOf(await calls())).toEqual([...LOOKS, ...LOOKS]);
  });

  it("needs no account: it shows what would be done, and what is missing", async () => {
    const { run, calls } = await studio({ accounts: [] });
    const { said, error } = await run(["--env", "production", "--dry-run"]);
    expect(error).toBeUndefined();
    expect(said.slice(0, 3)).toEqual([
      expect.stringMatching(/^Cloudflare +nobody is signed in: run npx wrangler login/),
      expect.stringMatching(/^AWS +the Worker has no AWS key yet: pass --aws-access-key-id/),
      "wrangler.toml   stays as it is",
    ]);
    expect(commandsOf(await calls())).toEqual(["whoami --json"]);
  });
});

describe("a secret", () => {
  it("reaches Wrangler by stdin alone: it is no argument, no variable, in no line and in no error", async () => {
    const secret = "https://hooks.example.com/a-secret-place";
    const env = { ...GIVEN, PLAYTRAIL_ALERT_WEBHOOK_URL: secret };
    const { run, calls, change } = await studio();
    const done = await run(["--env", "production", "--game", "fourth_game"], env);
    await change({ fails: { command: "secret bulk", message: "cannot read <stdin>" } });
    const failed = await run(["--env", "production"], env);
    expect(failed.error).toContain("cannot read {");

    const all = await calls();
    expect(all.map(({ variables }) => variables)).toContainEqual(["CLOUDFLARE_ACCOUNT_ID"]);
    const seen = JSON.stringify([done, failed, all.map(({ args, variables }) => [args, variables])]);
    for (const value of [secret, KEY_SECRETS, CREDENTIALS.secretAccessKey]) expect(seen).not.toContain(value);
    const [bulk] = all.filter(({ args }) => args[1] === "bulk");
    expect(JSON.parse(bulk?.stdin ?? "")).toMatchObject({ ALERT_WEBHOOK_URL: secret });
  });
});

describe("a step that fails says what to do", () => {
  const other = { id: "fedcba9876543210", name: "Another studio" };

  it.each<[string, Partial<Cloudflare>, string[], Record<string, string>, RegExp, string[]]>([
    ["no environment", {}, [], GIVEN, /Pass --env production or --env staging/, []],
    [
      "nobody signed in",
      { accounts: [] },
      [],
      GIVEN,
      /run npx wrangler login, or set CLOUDFLARE_API_TOKEN/,
      ["whoami"],
    ],
    [
      "no way to Cloudflare",
      { fails: { command: "whoami", message: "A fetch request failed" } },
      [],
      GIVEN,
      /^wrangler whoami failed:\n.*A fetch request failed/,
      ["whoami"],
    ],
    [
      "two accounts",
      { accounts: [ACCOUNT, other] },
      [],
      GIVEN,
      /Pass --account: 0123456789abcdef \(A studio\), fed/,
      ["whoami"],
    ],
    ["another's account", {}, ["--account", "x"], GIVEN, /may not use the account x$/, ["whoami"]],
    [
      "no AWS key",
      {},
      [],
      {},
      /pass --aws-access-key-id, and its secret in PLAYTRAIL_AWS_SECRET/,
      ["whoami", "secret list"],
    ],
    [
      "a wrong AWS secret",
      {},
      [],
      { ...GIVEN, PLAYTRAIL_AWS_SECRET_ACCESS_KEY: "wrong" },
      /InvalidSignatureException[\s\S]*set both anew\. Nothing was changed/,
      ["whoami", "secret list"],
    ],
    [
      "an AWS key that there is not",
      {},
      [],
      { ...GIVEN, PLAYTRAIL_AWS_ACCESS_KEY_ID: "AKIAUNKNOWN" },
      /UnrecognizedClientException[\s\S]*set the credentials anew/,
      ["whoami", "secret list"],
    ],
    [
      "nothing to rotate",
      { secrets: {} },
      ["--rotate-keys"],
      AWS,
      /set PLAYTRAIL_KEY_SECRETS to it/,
      ["whoami", "secret list"],
    ],
    [
      "a deployment that fails",
      { fails: { command: "deploy", message: "workers.api.error.script_too_large" } },
      [],
      GIVEN,
      /^wrangler deploy failed:\n.*script_too_large/,
      ["whoami", "secret list", "secret bulk", "deploy"],
    ],
    [
      "no address",
      { targets: ["schedule: 5 * * * *"] },
      [],
      GIVEN,
      /run setup again with --url/,
      ["whoami", "secret list", "secret bulk", "deploy"],
    ],
    [
      "nobody at the address",
      { targets: ["http://127.0.0.1:9"] },
      [],
      GIVEN,
      /not ready:\n {2}http:\/\/127\.0\.0\.1:9 does not answer .* Pass --url/,
      ["whoami", "secret list", "secret bulk", "deploy"],
    ],
    [
      "another secret than the collector's",
      { secrets: {} },
      ["--game", "my_game"],
      { ...AWS, PLAYTRAIL_KEY_SECRETS: "x".repeat(32) },
      /keys answered 401: .*invalid_key.*\nthe Worker's KEY_SECRETS is not the one .*: set PLAYTRAIL_KEY_SECRETS/,
      ["whoami", "secret list", "secret bulk", "deploy"],
    ],
  ])("%s", async (name, known, args, env, message, commands) => {
    const { run, calls } = await studio(known);
    const environment = name === "no environment" ? [] : ["--env", "production"];
    const { error } = await run([...environment, ...args], env);
    expect(error).toMatch(message);
    const ran = (await calls()).map(({ args: [first = "", second = ""] }) =>
      first === "secret" ? `secret ${second}` : first,
    );
    expect(ran).toEqual(commands);
  });

  it("an event that Firehose does not take", async () => {
    const { run } = await studio();
    await firehose.fail({ mode: "unavailable" });
    const { error } = await run(["--env", "production", "--game", "fifth_game"], GIVEN);
    await firehose.heal();
    expect(error).toBe(
      "the test event is on disk, but Firehose did not take it: ServiceUnavailableException The service is unavailable.\n" +
        "It is tried again by itself. What the collector takes meanwhile is kept",
    );
  });
});
