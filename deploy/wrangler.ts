import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { type Environment, SECRETS, type SecretName } from "./settings.ts";

/** An account that whoever is signed in may use. */
export interface Account {
  id: string;
  name: string;
}

/** Values by name; null takes a secret away. */
export type SecretChanges = Partial<Record<SecretName, string | null>>;

/** What setup asks of Cloudflare, always by Wrangler: it knows who is signed in. */
export interface Wrangler {
  /** The accounts of whoever is signed in; undefined: nobody is. */
  accounts(): Promise<Account[] | undefined>;
  /** The names of the secrets that the Worker has; none where there is no such Worker yet. */
  secretNames(): Promise<ReadonlySet<string>>;
  /** Sets all of them in one step, by stdin. Where there is no such Worker yet, Wrangler makes an empty one that holds them. */
  putSecrets(changes: SecretChanges): Promise<void>;
  /** Resolves to the addresses at which the Worker then answers. */
  deploy(): Promise<string[]>;
}

export interface WranglerOptions {
  /** How it is run: the command and its first arguments. */
  command: readonly [string, ...string[]];
  /** The directory of `wrangler.toml`. */
  directory: string;
  environment: Environment;
  /** Absent: the only one there is. */
  account: string | undefined;
  env: NodeJS.ProcessEnv;
}

/** Wrangler refused: the message is its own. */
export class WranglerFailed extends Error {
  override name = "WranglerFailed";
}

interface Run {
  code: number | null;
  stdout: string;
  output: string;
}

const accountsSchema = z.object({ accounts: z.array(z.object({ id: z.string(), name: z.string() })) });
const secretNamesSchema = z.array(z.object({ name: z.string() }));
/** A line of the file that WRANGLER_OUTPUT_FILE_PATH names. */
const outputSchema = z.object({ type: z.literal("deploy"), targets: z.array(z.string()).optional() });

export function createWrangler(options: WranglerOptions): Wrangler {
  const env = environmentOf(options);
  const environment = ["--env", options.environment];

  async function run(args: string[], stdin = "", more: NodeJS.ProcessEnv = {}): Promise<Run> {
    const [command, ...first] = options.command;
    const child = spawn(command, [...first, ...args], {
      cwd: options.directory,
      env: { ...env, ...more },
      stdio: "pipe",
    });
    child.stdin.on("error", () => undefined); // it may end without having read it all
    child.stdin.end(stdin);
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, stdout, output: `${stdout}\n${stderr}`.trim() };
  }

  return {
    async accounts() {
      const ran = await run(["whoami", "--json"]);
      if (ran.code !== 0 && /"loggedIn":\s*false/.test(ran.stdout)) return undefined;
      refuseFailure(ran, "whoami");
      return parseAnswer(accountsSchema, ran.stdout, "whoami").accounts;
    },

    async secretNames() {
      const ran = await run(["secret", "list", "--format", "json", ...environment]);
      if (ran.code !== 0 && /Worker ".*" .*not found/.test(ran.output)) return new Set();
      refuseFailure(ran, "secret list");
      return new Set(parseAnswer(secretNamesSchema, ran.stdout, "secret list").map(({ name }) => name));
    },

    async putSecrets(changes) {
      const ran = await run(["secret", "bulk", ...environment], JSON.stringify(changes));
      refuseFailure({ ...ran, output: withoutValues(ran.output, changes) }, "secret bulk");
    },

    async deploy() {
      const directory = await mkdtemp(join(tmpdir(), "playtrail-setup-"));
      const outputFile = join(directory, "output.ndjson");
      try {
        const more = { WRANGLER_OUTPUT_FILE_PATH: outputFile };
        refuseFailure(await run(["deploy", ...environment], "", more), "deploy");
        return targetsOf(await readFile(outputFile, "utf8").catch(() => ""));
      } finally {
        await rm(directory, { recursive: true });
      }
    },
  };
}

/** The shell's environment without the secrets that setup was given by it: Wrangler gets those by stdin, and only where it must. */
function environmentOf({ env, account }: WranglerOptions): NodeJS.ProcessEnv {
  const given = new Set(SECRETS.map((name) => `PLAYTRAIL_${name}`));
  const inherited = Object.entries(env).filter(([name]) => !given.has(name));
  return {
    ...Object.fromEntries(inherited),
    ...(account === undefined ? {} : { CLOUDFLARE_ACCOUNT_ID: account }),
    NO_COLOR: "1",
  };
}

function refuseFailure({ code, output }: Run, command: string): void {
  if (code !== 0) throw new WranglerFailed(`wrangler ${command} failed:\n${output}`);
}

/** Whatever went wrong, a message holds no secret. */
function withoutValues(text: string, changes: SecretChanges): string {
  let left = text;
  for (const value of Object.values(changes)) if (value) left = left.replaceAll(value, "…");
  return left;
}

function parseAnswer<T>(schema: z.ZodType<T>, stdout: string, command: string): T {
  try {
    return schema.parse(JSON.parse(stdout));
  } catch {
    throw new WranglerFailed(`wrangler ${command} answered something else than JSON as it was expected`);
  }
}

/** Wrangler names crons and routes as well: only what is a URL is an address. */
function targetsOf(output: string): string[] {
  const entries = output.split("\n").filter((line) => line !== "");
  const deploys = entries.flatMap((line) => outputSchema.safeParse(JSON.parse(line)).data ?? []);
  return deploys.flatMap(({ targets = [] }) => targets.filter((target) => /^https?:\/\//.test(target)));
}
