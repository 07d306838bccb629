/** `npm run keys -- mint --game <id> --role <role>`: prints a new key on stdout, and its id and what it was signed with on stderr. */
import { readFile } from "node:fs/promises";
import { parseArgs, parseEnv } from "node:util";
import { decode } from "hono/jwt";
import * as z from "zod";
import { mintKey, ROLES, type Role } from "../worker/auth/keys.ts";
import { readSecrets, secretsFile } from "./secrets.ts";

const USAGE = `npm run --silent keys -- mint --game <id> --role <${ROLES.join("|")}> [--data <directory>]

  --game <id>          the game that the key is for, "*" for all of them
  --role <role>        write: may send; server: also mints player tokens; read: sees stats; admin: may do all
  --data <directory>   a laptop stack's data directory               .local

The key is signed with KEY_SECRETS (the first, where it holds two): from the environment, else from .dev.vars, else from the data directory.`;

interface Signer {
  secret: string;
  /** Where it was found. */
  source: string;
}

async function main(): Promise<void> {
  const { game, role, data } = parseCommand(process.argv.slice(2));
  const { secret, source } = await findSigner(data);
  const key = await mintKey({ game, role }, secret);
  // No collector hears of a key that is minted here: whoever is to revoke it one day must have kept its id.
  console.error(`key ${decode(key).payload.jti}, signed with KEY_SECRETS of ${source}`);
  console.log(key);
}

function parseCommand(args: string[]): { game: string; role: Role; data: string } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      game: { type: "string" },
      role: { type: "string" },
      data: { type: "string", default: ".local" },
    },
  });
  const [action, ...rest] = positionals;
  if (action !== "mint" || rest.length > 0)
    throw new RangeError(`the command must be mint; got "${positionals.join(" ")}"`);
  const role = ROLES.find((name) => name === values.role);
  if (role === undefined)
    throw new RangeError(`--role must be one of ${ROLES.join(", ")}; got "${values.role ?? ""}"`);
  if (values.game === undefined) throw new RangeError("--game is missing");
  return { game: values.game, role, data: values.data };
}

async function findSigner(data: string): Promise<Signer> {
  const devVars = parseEnv(await readFile(".dev.vars", "utf8").catch(() => ""));
  const candidates = [
    { source: "the environment", secrets: process.env.KEY_SECRETS },
    { source: ".dev.vars", secrets: devVars.KEY_SECRETS },
    { source: secretsFile(data), secrets: (await readSecrets(data))?.KEY_SECRETS },
  ];
  for (const { source, secrets } of candidates) {
    const secret = secrets?.split(",")[0]?.trim();
    if (secret) return { secret, source };
  }
  throw new Error(
    `there is no KEY_SECRETS in the environment, in .dev.vars or in ${secretsFile(data)}: set it, or run npm start once`,
  );
}

await main().catch((error: unknown) => {
  const message =
    error instanceof z.ZodError
      ? z.prettifyError(error)
      : String(error instanceof Error ? error.message : error);
  console.error(`${message}\n\n${USAGE}`);
  process.exitCode = 1;
});
