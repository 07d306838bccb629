/**
 * A Wrangler without Cloudflare, for tests: run by Node with a directory as its first argument, then what Wrangler is run with. It keeps there what
 * Cloudflare would (`cloudflare.json`), and writes down each call (`calls.ndjson`). Words and exit codes are those of Wrangler 4.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** What Cloudflare knows. */
export interface Cloudflare {
  accounts: { id: string; name: string }[];
  /** The Worker's secrets; null: there is no such Worker. */
  secrets: Record<string, string> | null;
  /** Where the Worker answers once it is deployed. */
  targets: string[];
  /** The command that fails, and what it says. */
  fails?: { command: string; message: string };
}

/** A call: what was passed as arguments, by stdin, and as variables that only setup sets. */
export interface Call {
  args: string[];
  stdin: string;
  variables: string[];
}

const [directory = "", ...args] = process.argv.slice(2);
const file = join(directory, "cloudflare.json");
const cloudflare: Cloudflare = JSON.parse(readFileSync(file, "utf8"));
const stdin = await text(process.stdin);
const variables = Object.keys(process.env).filter((name) => /^(PLAYTRAIL|CLOUDFLARE)_/.test(name));
appendFileSync(join(directory, "calls.ndjson"), `${JSON.stringify({ args, stdin, variables })}\n`);

const command = args.filter((arg) => !arg.startsWith("--")).join(" ");
const { fails } = cloudflare;
if (fails && command.startsWith(fails.command)) fail(fails.message.replace("<stdin>", stdin));
else answer();

function answer(): void {
  switch (args[0] === "secret" ? `secret ${args[1]}` : args[0]) {
    case "whoami":
      if (cloudflare.accounts.length === 0) {
        console.log('{"loggedIn":false}');
        process.exitCode = 1;
      } else console.log(JSON.stringify({ loggedIn: true, accounts: cloudflare.accounts }));
      break;
    case "secret list":
      if (cloudflare.secrets === null) fail('Worker "playtrail" (env: production) not found.');
      else
        console.log(
          JSON.stringify(Object.keys(cloudflare.secrets).map((name) => ({ name, type: "secret_text" }))),
        );
      break;
    case "secret bulk": {
      const entries = Object.entries({ ...cloudflare.secrets, ...JSON.parse(stdin) });
      const secrets = Object.fromEntries(entries.filter(([, value]) => value !== null));
      writeFileSync(file, JSON.stringify({ ...cloudflare, secrets }));
      break;
    }
    case "deploy":
      appendFileSync(
        process.env.WRANGLER_OUTPUT_FILE_PATH ?? "",
        `{"type":"wrangler-session"}\n${JSON.stringify({ type: "deploy", targets: cloudflare.targets })}\n`,
      );
      break;
    default:
      fail(`there is no ${command}`);
  }
}

function fail(message: string): void {
  console.error(`✘ [ERROR] ${message}`);
  process.exitCode = 1;
}
