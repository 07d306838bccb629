import { describe, expect, it } from "vitest";
import { blocksIn } from "../test/docs/pages.ts";
import { parseOptions } from "./options.ts";
import { NOTHING } from "./testing.ts";

const read = (args: string[], env: Record<string, string> = {}, stdin = "") =>
  parseOptions(args, { env, stdin: async () => stdin });

describe("the options of setup", () => {
  it("may all be left out: what is missing is asked for", async () => {
    expect(await read([])).toEqual({ kind: "setup", dryRun: false, yes: false, choices: NOTHING });
  });

  it("are flags, so that it runs without a terminal; secrets are variables", async () => {
    const args = [
      ...["--env", "staging", "--account", "an-account", "--stream", "events", "--region", "eu-west-1"],
      ...["--mib-per-s", "2", "--aws-access-key-id", "AKIA1", "--game", "my_game", "--rotate-keys"],
      ...["--url", "https://events.example.com/", "--dry-run", "--yes"],
    ];
    const env = {
      PLAYTRAIL_AWS_SECRET_ACCESS_KEY: "a secret",
      PLAYTRAIL_KEY_SECRETS: "k".repeat(32),
      PLAYTRAIL_ALERT_WEBHOOK_URL: "",
      CLOUDFLARE_ACCOUNT_ID: "another-account",
    };
    expect(await read(args, env)).toEqual({
      kind: "setup",
      dryRun: true,
      yes: true,
      choices: {
        environment: "staging",
        account: "an-account",
        vars: { FIREHOSE_STREAM: "events", AWS_REGION: "eu-west-1", FIREHOSE_MIB_PER_S: "2" },
        secrets: {
          KEY_SECRETS: "k".repeat(32),
          AWS_ACCESS_KEY_ID: "AKIA1",
          AWS_SECRET_ACCESS_KEY: "a secret",
        },
        rotateKeys: true,
        game: "my_game",
        url: "https://events.example.com",
      },
    });
  });

  it("are those that the pages name", async () => {
    const told = blocksIn("sh").flatMap(({ text }) => [
      ...text.matchAll(/npm run setup(?: -- (--[^\n&#]+))?/g),
    ]);
    const commands = told.map(([, args = ""]) => args.split(" ").filter(Boolean));
    for (const args of commands) expect(await read(args, {}, "{}")).toMatchObject({ kind: "setup" });
    expect(commands).toContainEqual(["--env", "staging"]);
  });

  it("take secrets from stdin as well", async () => {
    const key = { AWS_ACCESS_KEY_ID: "AKIA1", AWS_SECRET_ACCESS_KEY: "a secret" };
    const stdin = JSON.stringify({ ...key, AWS_SESSION_TOKEN: "" });
    expect(await read(["--secrets-stdin"], {}, stdin)).toMatchObject({
      choices: { ...NOTHING, secrets: key },
    });
  });

  it("leave the AWS key of whoever deploys alone: it may do far more than a collector should", async () => {
    const env = { AWS_ACCESS_KEY_ID: "AKIAADMIN", AWS_SECRET_ACCESS_KEY: "may do all" };
    expect(await read([], env)).toMatchObject({ choices: { secrets: {} } });
  });

  it.each<[string, string[], Record<string, string>, string]>([
    ["an environment", ["--env", "prod"], {}, '--env must be production or staging; got "prod"'],
    ["a region", ["--region", "Ireland"], {}, "AWS_REGION must be an AWS region, such as us-east-1"],
    [
      "a stream",
      ["--stream", 'x"'],
      {},
      "FIREHOSE_STREAM must be a delivery stream's name: 1–64 of A–Z, a–z, 0–9, _, . and -",
    ],
    ["a quota", ["--mib-per-s", "fast"], {}, "FIREHOSE_MIB_PER_S must be a number"],
    [
      "a game",
      ["--game", "My Game"],
      {},
      "--game must be 1–64 of a–z, 0–9, _ and -, beginning with a letter or digit",
    ],
    [
      "an address",
      ["--url", "http://a.example"],
      {},
      '--url must begin with https://; got "http://a.example"',
    ],
    [
      "a short secret",
      [],
      { PLAYTRAIL_KEY_SECRETS: "short" },
      "KEY_SECRETS must hold secrets of at least 32 characters each",
    ],
    [
      "a webhook of a private network",
      [],
      { PLAYTRAIL_ALERT_WEBHOOK_URL: "https://10.0.0.1/secret" },
      "ALERT_WEBHOOK_URL must name a public host, and not by its address",
    ],
    [
      "half a key",
      ["--aws-access-key-id", "AKIA1"],
      {},
      "AWS_ACCESS_KEY_ID comes with its secret: set PLAYTRAIL_AWS_SECRET_ACCESS_KEY",
    ],
    [
      "the other half",
      [],
      { PLAYTRAIL_AWS_SECRET_ACCESS_KEY: "a secret" },
      "an AWS secret comes with its id: pass --aws-access-key-id or PLAYTRAIL_AWS_ACCESS_KEY_ID",
    ],
  ])("refuse %s that cannot be right, and say what must be", async (_, args, env, message) => {
    expect(await read(args, env)).toEqual({ kind: "wrong", message });
  });

  it("have no flag for a secret, which others could read in the list of processes", async () => {
    const flags = ["aws-secret-access-key", "key-secrets", "aws-session-token", "alert-webhook-url"];
    for (const flag of flags) expect(await read([`--${flag}`, "x"])).toMatchObject({ kind: "wrong" });
  });

  it("repeat nothing of a stdin that is not what it should be", async () => {
    for (const stdin of ["a secret", '{"AWS_SECRET":"a secret"}', '{"KEY_SECRETS":["a secret"]}']) {
      const command = await read(["--secrets-stdin"], {}, stdin);
      expect(command).toEqual({
        kind: "wrong",
        message: expect.stringMatching(
          /^--secrets-stdin: stdin must be JSON, an object .* KEY_SECRETS, AWS_/,
        ),
      });
      expect(JSON.stringify(command)).not.toContain("a secret");
    }
  });
});

it("help needs nothing", async () => {
  expect(await read(["--help"])).toEqual({ kind: "help" });
});
