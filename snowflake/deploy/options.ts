import { parseArgs } from "node:util";
import { DEFAULT_SETTINGS, type Settings, withSettings } from "../sql/settings.ts";
import { PASSPHRASE_VARIABLE } from "./private-key.ts";

/** Who deploys, and where. */
export interface Login {
  /** The account identifier, such as `myorg-myaccount`. */
  account: string;
  user: string;
  /** The PEM file of the private key. */
  privateKeyPath: string;
  passphrase: string | undefined;
  /** Another URL than the account's own: of a private link, a proxy or a test. */
  accessUrl: string | undefined;
}

export interface DeployCommand {
  kind: "deploy";
  login: Login;
  settings: Settings;
  /** Show what would run, and run nothing. */
  planOnly: boolean;
  /** Run unchanged files too. */
  all: boolean;
}

export interface VerifyCommand {
  kind: "verify";
  login: Login;
  /** But for the database, whose name is drawn. */
  settings: Settings;
}

export type Command = DeployCommand | VerifyCommand | { kind: "help" } | { kind: "wrong"; message: string };

type Environment = Record<string, string | undefined>;

/** Every flag that has a value, and the variable that stands in for it. */
const VARIABLES = {
  account: "SNOWFLAKE_ACCOUNT",
  user: "SNOWFLAKE_USER",
  "private-key": "SNOWFLAKE_PRIVATE_KEY_PATH",
  "access-url": "SNOWFLAKE_ACCESS_URL",
  database: "PLAYTRAIL_DATABASE",
  "bucket-url": "PLAYTRAIL_BUCKET_URL",
  "aws-role-arn": "PLAYTRAIL_AWS_ROLE_ARN",
  "aws-external-id": "PLAYTRAIL_AWS_EXTERNAL_ID",
  "alert-emails": "PLAYTRAIL_ALERT_EMAILS",
  "credit-quota": "PLAYTRAIL_CREDIT_QUOTA",
} as const;

type Flag = keyof typeof VARIABLES;

const SETTING_FLAGS: Record<keyof Settings, Flag> = {
  database: "database",
  bucket_url: "bucket-url",
  aws_role_arn: "aws-role-arn",
  aws_external_id: "aws-external-id",
  alert_emails: "alert-emails",
  credit_quota: "credit-quota",
};

const REQUIRED_TO_LOG_IN: readonly Flag[] = ["account", "user", "private-key"];

/** What a deployment must be told too: left out once, a default would take the place of what was deployed before. */
const REQUIRED_TO_DEPLOY: readonly Flag[] = ["bucket-url", "aws-role-arn", "aws-external-id", "alert-emails"];

export const USAGE = `npm run snowflake:deploy -- [options]   puts snowflake/*.sql into an account
npm run snowflake:verify -- [options]   deploys to a scratch database, loads a fixture, checks it, drops it

Who, and where (both commands)
  --account <name>           account identifier, myorg-myaccount              SNOWFLAKE_ACCOUNT
  --user <name>              a user with a key pair                           SNOWFLAKE_USER
  --private-key <file>       its private key, PEM                             SNOWFLAKE_PRIVATE_KEY_PATH
                             the passphrase of the key, if it has one:        ${PASSPHRASE_VARIABLE}
  --access-url <url>         another URL than the account's own               SNOWFLAKE_ACCESS_URL

What (both commands; verify has a database of its own)
  --database <name>          the database; roles begin with it [PLAYTRAIL]    PLAYTRAIL_DATABASE
  --bucket-url <url>         where Firehose puts its objects, s3://…/         PLAYTRAIL_BUCKET_URL
  --aws-role-arn <arn>       the role that Snowflake reads them with          PLAYTRAIL_AWS_ROLE_ARN
  --aws-external-id <id>     what that role's trust policy expects            PLAYTRAIL_AWS_EXTERNAL_ID
  --alert-emails <list>      who is told, addresses separated by commas       PLAYTRAIL_ALERT_EMAILS
  --credit-quota <n>         credits a month, then a warehouse stops [100]     PLAYTRAIL_CREDIT_QUOTA

How (deploy)
  --plan                     show what would run, and run nothing
  --all                      run unchanged files too
  --help                     this text

A flag wins over its variable.`;

/** Reads the command line (without node and script) and the environment. */
export function parseOptions(args: string[], env: Environment): Command {
  try {
    return readCommand(args, env);
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}

function readCommand(args: string[], env: Environment): Command {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      account: { type: "string" },
      user: { type: "string" },
      "private-key": { type: "string" },
      "access-url": { type: "string" },
      database: { type: "string" },
      "bucket-url": { type: "string" },
      "aws-role-arn": { type: "string" },
      "aws-external-id": { type: "string" },
      "alert-emails": { type: "string" },
      "credit-quota": { type: "string" },
      plan: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return { kind: "help" };
  // A variable that is set to nothing is as good as none.
  const given = (flag: Flag) => values[flag] ?? (env[VARIABLES[flag]] || undefined);
  const [command, ...rest] = positionals;
  if (rest.length > 0) throw new RangeError(`${rest.join(" ")} is not expected`);
  switch (command) {
    case "deploy":
      refuseMissing([...REQUIRED_TO_LOG_IN, ...REQUIRED_TO_DEPLOY], given);
      return {
        kind: "deploy",
        login: readLogin(given, env),
        settings: readSettings(given),
        planOnly: values.plan,
        all: values.all,
      };
    case "verify":
      if (values.plan || values.all || values.database !== undefined)
        throw new RangeError("verify takes no --plan, --all or --database");
      // CREATE PIPE assumes the role at once: without the real one verify would fail there.
      refuseMissing([...REQUIRED_TO_LOG_IN, ...REQUIRED_TO_DEPLOY], given);
      return { kind: "verify", login: readLogin(given, env), settings: readSettings(given) };
    default:
      throw new RangeError(`the command must be deploy or verify; got "${command ?? ""}"`);
  }
}

type Given = (flag: Flag) => string | undefined;

function refuseMissing(flags: readonly Flag[], given: Given): void {
  const missing = flags.filter((flag) => given(flag) === undefined);
  if (missing.length === 0) return;
  const names = missing.map((flag) => `--${flag} (or ${VARIABLES[flag]})`);
  throw new RangeError(`missing: ${names.join(", ")}`);
}

function readLogin(given: Given, env: Environment): Login {
  return {
    account: given("account") ?? "",
    user: given("user") ?? "",
    privateKeyPath: given("private-key") ?? "",
    passphrase: env[PASSPHRASE_VARIABLE] || undefined,
    accessUrl: readAccessUrl(given("access-url")),
  };
}

/** Whoever reads along could do what the deployer may do: in the clear only to this machine. */
function readAccessUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isSafe =
    url?.protocol === "https:" ||
    (url?.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname));
  if (!isSafe) throw new RangeError(`--access-url must begin with https://; got "${text}"`);
  return text;
}

function readSettings(given: Given): Settings {
  const names = Object.keys(SETTING_FLAGS) as (keyof Settings)[];
  const settings = { ...DEFAULT_SETTINGS };
  for (const name of names) settings[name] = given(SETTING_FLAGS[name]) ?? settings[name];
  // Puts each in once, so that a wrong one is known before anything is connected to.
  withSettings(names.map((name) => `&{${name}}`).join(), settings);
  return settings;
}
