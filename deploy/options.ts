import { parseArgs } from "node:util";
import * as z from "zod";
import { gameIdSchema } from "../worker/events/schemas.ts";
import {
  ENVIRONMENTS,
  type Environment,
  problemsWith,
  SECRETS,
  type SecretName,
  type Secrets,
  type Vars,
} from "./settings.ts";

/** What was said on the command line, in the environment and on stdin. What is absent is asked for, or stays as it is. */
export interface Choices {
  environment: Environment | undefined;
  /** The Cloudflare account's id. */
  account: string | undefined;
  vars: Partial<Vars>;
  secrets: Secrets;
  /** Whether KEY_SECRETS gets a new secret before the one it has. */
  rotateKeys: boolean;
  /** The game that gets its first keys and one test event. */
  game: string | undefined;
  /** Where the collector answers; absent: where Wrangler says that it does. */
  url: string | undefined;
}

export interface SetupCommand {
  kind: "setup";
  choices: Choices;
  /** Show every step, and change nothing. */
  dryRun: boolean;
  /** Ask nothing, and take the steps. */
  yes: boolean;
}

export type Command = SetupCommand | { kind: "help" } | { kind: "wrong"; message: string };

/** What secrets have before their name as variables: whoever sets up has AWS_… of their own, which may do far more than a collector. */
const PREFIX = "PLAYTRAIL_";

export const USAGE = `npm run setup -- [options]   deploys the collector, and sets what it needs; asks for what is not given

Where
  --env <name>                   ${ENVIRONMENTS.join(" or ")}
  --account <id>                 the Cloudflare account, if there are several        CLOUDFLARE_ACCOUNT_ID

What (written into wrangler.toml)
  --stream <name>                the Firehose stream
  --region <name>                its region, such as us-east-1
  --mib-per-s <n>                its quota in MiB/s, 5 or 1 in most regions

Secrets (given to Cloudflare by stdin; never an argument, never shown)
  --aws-access-key-id <id>       the key that may firehose:PutRecordBatch            ${PREFIX}AWS_ACCESS_KEY_ID
                                 its secret, and a token if it is temporary          ${PREFIX}AWS_SECRET_ACCESS_KEY, ${PREFIX}AWS_SESSION_TOKEN
                                 what keys are signed with [made when there is none] ${PREFIX}KEY_SECRETS
                                 where alerts go, and what signs them [nowhere]      ${PREFIX}ALERT_WEBHOOK_URL, ${PREFIX}ALERT_WEBHOOK_SECRET
  --secrets-stdin                read them from stdin: JSON, { "AWS_SECRET_ACCESS_KEY": "…" }
  --rotate-keys                  put a new secret before the one that keys are signed with

After the deployment
  --game <id>                    mint its first keys and send one test event
  --url <url>                    the collector's address, if it is not on workers.dev

How
  --dry-run                      show every step, and change nothing
  --yes                          ask nothing, and take the steps; without a terminal it is needed
  --help                         this text`;

interface Input {
  env: Record<string, string | undefined>;
  /** Reads all of stdin; called only with `--secrets-stdin`. */
  stdin: () => Promise<string>;
}

/** Reads the command line (without node and script), the environment and, if told so, stdin. */
export async function parseOptions(args: string[], input: Input): Promise<Command> {
  try {
    return await readCommand(args, input);
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}

async function readCommand(args: string[], { env, stdin }: Input): Promise<Command> {
  const { values } = parseArgs({
    args,
    options: {
      env: { type: "string" },
      account: { type: "string" },
      stream: { type: "string" },
      region: { type: "string" },
      "mib-per-s": { type: "string" },
      "aws-access-key-id": { type: "string" },
      "secrets-stdin": { type: "boolean", default: false },
      "rotate-keys": { type: "boolean", default: false },
      game: { type: "string" },
      url: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return { kind: "help" };
  const vars = withoutGaps({
    FIREHOSE_STREAM: values.stream,
    AWS_REGION: values.region,
    FIREHOSE_MIB_PER_S: values["mib-per-s"],
  });
  const secrets = {
    ...secretsOf(env),
    ...(values["secrets-stdin"] ? readSecrets(await stdin()) : {}),
    ...withoutGaps({ AWS_ACCESS_KEY_ID: values["aws-access-key-id"] }),
  };
  const [problem] = [...problemsWith({ ...vars, ...secrets }), ...halves(secrets)];
  if (problem !== undefined) throw new RangeError(problem);
  return {
    kind: "setup",
    dryRun: values["dry-run"],
    yes: values.yes,
    choices: {
      environment: readEnvironment(values.env),
      account: values.account ?? (env.CLOUDFLARE_ACCOUNT_ID || undefined),
      vars,
      secrets,
      rotateKeys: values["rotate-keys"],
      game: readGame(values.game),
      url: readUrl(values.url),
    },
  };
}

function readEnvironment(text: string | undefined): Environment | undefined {
  const environment = ENVIRONMENTS.find((name) => name === text);
  if (text !== undefined && environment === undefined)
    throw new RangeError(`--env must be ${ENVIRONMENTS.join(" or ")}; got "${text}"`);
  return environment;
}

function readGame(text: string | undefined): string | undefined {
  const problem = text === undefined ? undefined : problemWithGame(text);
  if (problem !== undefined) throw new RangeError(`--game ${problem}`);
  return text;
}

/** What is wrong with a game's id, in words. */
export function problemWithGame(text: string): string | undefined {
  return gameIdSchema.safeParse(text).success ? undefined : `must be ${gameIdSchema.description}`;
}

/** An operator's key goes there: in the clear only to this machine. */
function readUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isSafe =
    url?.protocol === "https:" ||
    (url?.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname));
  if (!isSafe) throw new RangeError(`--url must begin with https://; got "${text}"`);
  return url?.origin;
}

function secretsOf(env: Input["env"]): Secrets {
  return named((name) => env[PREFIX + name]);
}

/** The secrets that there are: one that is set to nothing is as good as none. */
function named(valueFor: (name: SecretName) => string | undefined): Secrets {
  return withoutGaps(Object.fromEntries(SECRETS.map((name) => [name, valueFor(name) || undefined])));
}

const stdinSchema = z.partialRecord(z.enum(SECRETS), z.string());

/** Says what is wrong without a word of what it read. */
function readSecrets(text: string): Secrets {
  const secrets = stdinSchema.safeParse(parseJson(text)).data;
  if (secrets === undefined)
    throw new RangeError(
      `--secrets-stdin: stdin must be JSON, an object with texts by the names ${SECRETS.join(", ")}`,
    );
  return named((name) => secrets[name]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One half of a key with the other of another would open the breaker. */
function halves({ AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token }: Secrets) {
  if (id !== undefined && secret === undefined)
    return [`AWS_ACCESS_KEY_ID comes with its secret: set ${PREFIX}AWS_SECRET_ACCESS_KEY`];
  if (id === undefined && (secret ?? token) !== undefined)
    return [`an AWS secret comes with its id: pass --aws-access-key-id or ${PREFIX}AWS_ACCESS_KEY_ID`];
  return [];
}

function withoutGaps<Name extends string>(
  values: Record<Name, string | undefined>,
): Partial<Record<Name, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    Record<Name, string>
  >;
}
