import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Ask } from "./ask.ts";
import { checkCredentials } from "./credentials.ts";
import { readKeySecrets } from "./key-file.ts";
import type { Choices } from "./options.ts";
import { type Facts, type KeySecrets, keySecretsOf, missingKeyOf, Obstacle } from "./plan.ts";
import { askAccount, askEnvironment, askTheRest } from "./questions.ts";
import type { Patience } from "./readiness.ts";
import { DEFAULT_VARS, type Environment, type Vars } from "./settings.ts";
import { readVars } from "./vars-file.ts";
import { createWrangler, type Wrangler, type WranglerOptions } from "./wrangler.ts";

/** What setup works with. */
export interface Tools {
  wrangler: WranglerOptions["command"];
  /** Where `wrangler.toml` is. */
  directory: string;
  env: NodeJS.ProcessEnv;
  /** Undefined: nobody can be asked. */
  ask: Ask | undefined;
  say: (line: string) => void;
  /** With a new address or version. */
  patience: Patience;
  /** With a new AWS key. */
  keyPatience: Patience;
}

/** All that is settled before anything is changed. */
export interface Scene {
  environment: Environment;
  wrangler: Wrangler;
  choices: Choices;
  facts: Facts;
  keySecrets: KeySecrets;
}

/** What there is to sign in with. */
const SIGN_IN = "run npx wrangler login, or set CLOUDFLARE_API_TOKEN";

/**
 * Finds out what stands, and asks for what is missing. Changes nothing. Throws an Obstacle where it cannot go on; a dry run names most of
 * those, and goes on.
 */
export async function look(given: Choices, dryRun: boolean, tools: Tools): Promise<Scene> {
  const { ask, say, directory } = tools;
  const environment = given.environment ?? (ask && (await askEnvironment(ask)));
  if (environment === undefined)
    throw new Obstacle("which environment? Pass --env production or --env staging");

  const vars = readVars(await readFile(join(directory, "wrangler.toml"), "utf8"), environment);
  const keptKeySecrets = await readKeySecrets(directory, environment);
  const signedIn = await signIn(given, environment, tools);
  if (signedIn === undefined && !dryRun) throw new Obstacle(`nobody is signed in at Cloudflare: ${SIGN_IN}`);
  if (signedIn === undefined)
    say(
      `Cloudflare      nobody is signed in: ${SIGN_IN}. This is what would be done where no Worker stands yet`,
    );

  const { wrangler, secretNames } = signedIn ?? {
    wrangler: wranglerFor(given, environment, tools),
    secretNames: new Set<string>(),
  };
  const facts = { vars, secretNames, keptKeySecrets };
  const choices = ask ? await askTheRest(ask, given, facts) : given;
  const missing = missingKeyOf(facts, choices);
  if (missing !== undefined && !dryRun) throw new Obstacle(missing);
  if (missing !== undefined) say(`AWS             ${missing}`);
  const keySecrets = keySecretsOf(facts, choices, randomBytes(32).toString("base64url"));
  return { environment, wrangler, choices, facts, keySecrets };
}

/** Undefined: nobody is signed in. */
async function signIn(
  choices: Choices,
  environment: Environment,
  tools: Tools,
): Promise<{ wrangler: Wrangler; secretNames: ReadonlySet<string> } | undefined> {
  const accounts = await wranglerFor(choices, environment, tools).accounts();
  if (accounts === undefined) return undefined;
  const [first, second] = accounts;
  if (first === undefined)
    throw new Obstacle("whoever is signed in at Cloudflare may use no account: sign in as somebody who may");
  const account = choices.account ?? (second === undefined ? first.id : await askWhich(accounts, tools));
  const name = accounts.find(({ id }) => id === account)?.name;
  if (name === undefined)
    throw new Obstacle(`whoever is signed in at Cloudflare may not use the account ${account}`);
  tools.say(`Cloudflare      ${name}`);
  const wrangler = wranglerFor({ account }, environment, tools);
  return { wrangler, secretNames: await wrangler.secretNames() };
}

function askWhich(accounts: Parameters<typeof askAccount>[1], { ask }: Tools): Promise<string> {
  if (ask) return askAccount(ask, accounts);
  const list = accounts.map(({ id, name }) => `${id} (${name})`).join(", ");
  throw new Obstacle(`which Cloudflare account? Pass --account: ${list}`);
}

function wranglerFor(
  { account }: Pick<Choices, "account">,
  environment: Environment,
  tools: Tools,
): Wrangler {
  const { wrangler: command, directory, env } = tools;
  return createWrangler({ command, directory, environment, account, env });
}

/** Before anything is changed: a key that AWS does not take is not given to anybody. A dry run goes on where AWS is not reached. */
export async function checkKey(
  { choices, facts }: Scene,
  dryRun: boolean,
  { say, keyPatience }: Tools,
): Promise<void> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = choices.secrets;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    if (missingKeyOf(facts, choices) === undefined)
      say("AWS             the Worker's key stays; nobody can read it back to check it");
    return;
  }
  const stream = streamOf(facts, choices);
  const verdict = await checkCredentials(
    {
      ...stream,
      endpoint: facts.vars.get("FIREHOSE_ENDPOINT") ?? "",
      accessKeyId,
      secretAccessKey,
      sessionToken: choices.secrets.AWS_SESSION_TOKEN,
    },
    keyPatience,
  );
  switch (verdict.kind) {
    case "genuine":
      say(
        `AWS             the key is genuine in ${stream.region}; whether it may write to ${stream.name} the test event shows`,
      );
      return;
    case "wrong":
      throw new Obstacle(
        `AWS refuses the key, ${verdict.code}: ${verdict.message}\n${verdict.advice}. Nothing was changed`,
      );
    case "unknown":
      if (!dryRun)
        throw new Obstacle(
          `AWS did not say whether the key is good, ${verdict.problem}\nIs ${stream.region} the stream's region, and is AWS reached from here? Nothing was changed`,
        );
      say(`AWS             it did not say whether the key is good, ${verdict.problem}`);
  }
}

/** The stream that the collector will write to. */
export function streamOf(
  { vars }: Facts,
  { vars: wanted }: Pick<Choices, "vars">,
): { name: string; region: string } {
  const value = (name: keyof Vars) => wanted[name] ?? vars.get(name) ?? DEFAULT_VARS[name];
  return { name: value("FIREHOSE_STREAM"), region: value("AWS_REGION") };
}
