/** `npm run setup`: deploys the collector to Cloudflare, and gives it what it needs. */
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { styleText } from "node:util";
import { Cancelled, terminal } from "./ask.ts";
import { parseOptions, type SetupCommand, USAGE } from "./options.ts";
import { setup } from "./setup.ts";

const ROOT = join(import.meta.dirname, "..");
const WRANGLER = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");

/** A new workers.dev address takes up to a minute to be known everywhere. */
const PATIENCE = { withinMs: 120_000, pauseMs: 2_000 };

/** A new AWS key takes some seconds to be known everywhere. */
const KEY_PATIENCE = { withinMs: 20_000, pauseMs: 2_000 };

async function main(): Promise<void> {
  const command = await parseOptions(process.argv.slice(2), {
    env: process.env,
    stdin: () => text(process.stdin),
  });
  switch (command.kind) {
    case "help":
      console.log(USAGE);
      break;
    case "wrong":
      console.error(`${command.message}\n\n${USAGE}`);
      process.exitCode = 2;
      break;
    case "setup":
      await run(command);
  }
}

/** A message only: an error printed as an object could hold what was asked for. */
async function run(command: SetupCommand): Promise<void> {
  const isPerson = process.stdin.isTTY && process.stdout.isTTY && !command.yes;
  try {
    await setup(command, {
      wrangler: [process.execPath, WRANGLER],
      directory: ROOT,
      env: process.env,
      ask: isPerson ? terminal : undefined,
      say: console.log,
      patience: PATIENCE,
      keyPatience: KEY_PATIENCE,
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(error instanceof Cancelled ? message : styleText("red", message));
    process.exitCode = 1;
  }
}

await main();
