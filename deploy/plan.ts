import type { Choices } from "./options.ts";
import { quotaMibPerS, SECRETS, type SecretName, type Vars } from "./settings.ts";
import type { Change } from "./vars-file.ts";
import type { SecretChanges } from "./wrangler.ts";

/** What stands already. */
export interface Facts {
  /** The environment's vars in `wrangler.toml`. */
  vars: ReadonlyMap<string, string>;
  /** The secrets that the Worker has: Cloudflare tells names, never values. */
  secretNames: ReadonlySet<string>;
  /** KEY_SECRETS as an earlier setup kept it on this machine. */
  keptKeySecrets: string | undefined;
}

/** What is to be done, without a secret's value: it is shown, and may be logged. */
export type Step =
  | { kind: "vars"; changes: readonly Change[] }
  | {
      kind: "secrets";
      set: readonly SecretName[];
      removed: readonly SecretName[];
      kept: readonly SecretName[];
      keySecrets: KeySecrets["from"];
    }
  | { kind: "deploy" }
  | { kind: "ready" }
  | { kind: "keys"; game: string }
  | { kind: "event"; game: string };

/** What keys are signed with, and where that comes from. */
export interface KeySecrets {
  from: "given" | "an earlier setup" | "made now" | "rotated now" | "the Worker";
  /** Undefined: the Worker has it, and nobody here knows it. */
  value: string | undefined;
}

/** What keeps a plan from being carried out, and what to do about it. */
export class Obstacle extends Error {
  override name = "Obstacle";
}

/**
 * What keys are to be signed with. What the Worker has stays as it is, unless another is given or it is to be rotated: another would end
 * every key there is. `fresh` is a new secret, in case that one is needed.
 */
export function keySecretsOf(
  { secretNames, keptKeySecrets }: Facts,
  { secrets, rotateKeys }: Pick<Choices, "secrets" | "rotateKeys">,
  fresh: string,
): KeySecrets {
  if (rotateKeys) return rotated(secrets.KEY_SECRETS ?? keptKeySecrets, fresh);
  if (secrets.KEY_SECRETS !== undefined) return { from: "given", value: secrets.KEY_SECRETS };
  if (secretNames.has("KEY_SECRETS")) return { from: "the Worker", value: keptKeySecrets };
  if (keptKeySecrets !== undefined) return { from: "an earlier setup", value: keptKeySecrets };
  return { from: "made now", value: fresh };
}

/** The Worker takes two secrets: a third would push out one that keys are still signed with. */
function rotated(current: string | undefined, fresh: string): KeySecrets {
  if (current === undefined)
    throw new Obstacle(
      "--rotate-keys keeps the present secret beside the new one, and Cloudflare does not tell it: set PLAYTRAIL_KEY_SECRETS to it. " +
        "Where nobody knows it any more every key ends: set PLAYTRAIL_KEY_SECRETS to a new secret alone, without --rotate-keys",
    );
  if (current.includes(","))
    throw new Obstacle(
      'a rotation is under way: KEY_SECRETS is "new,old". End it first (docs/keys.md): set PLAYTRAIL_KEY_SECRETS to the new one alone, without --rotate-keys',
    );
  return { from: "rotated now", value: `${fresh},${current.trim()}` };
}

/** The secrets to set and to take away, with their values. */
export function secretChangesOf(
  { secretNames }: Facts,
  { secrets }: Pick<Choices, "secrets">,
  keySecrets: KeySecrets,
): SecretChanges {
  const isNewKey = secrets.AWS_ACCESS_KEY_ID !== undefined;
  // The token of another key makes AWS refuse this one.
  const isTokenLeft =
    isNewKey && secrets.AWS_SESSION_TOKEN === undefined && secretNames.has("AWS_SESSION_TOKEN");
  return {
    ...secrets,
    ...(isTokenLeft ? { AWS_SESSION_TOKEN: null } : {}),
    ...(keySecrets.from === "the Worker" ? {} : { KEY_SECRETS: keySecrets.value }),
  };
}

/** The vars to change. A stream that moves to another region has that region's quota, unless another is given. */
export function varChangesOf({ vars }: Facts, wanted: Partial<Vars>): Change[] {
  const region = wanted.AWS_REGION;
  const moves = region !== undefined && region !== vars.get("AWS_REGION");
  const all = { ...(moves ? { FIREHOSE_MIB_PER_S: quotaMibPerS(region) } : {}), ...wanted };
  return Object.entries(all).flatMap(([name, to]) => {
    const from = vars.get(name) ?? "";
    return from === to ? [] : [{ name, from, to }];
  });
}

/** What to do where the Worker would be without a key to AWS; undefined: it has one, or is given one. */
export function missingKeyOf(
  { secretNames }: Facts,
  { secrets }: Pick<Choices, "secrets">,
): string | undefined {
  const hasKey = secretNames.has("AWS_ACCESS_KEY_ID") && secretNames.has("AWS_SECRET_ACCESS_KEY");
  if (hasKey || secrets.AWS_ACCESS_KEY_ID !== undefined) return undefined;
  return "the Worker has no AWS key yet: pass --aws-access-key-id, and its secret in PLAYTRAIL_AWS_SECRET_ACCESS_KEY or by --secrets-stdin";
}

/** Every step, in order. */
export function planOf(
  facts: Facts,
  choices: Pick<Choices, "vars" | "secrets" | "game">,
  keySecrets: KeySecrets,
): Step[] {
  const changes = secretChangesOf(facts, choices, keySecrets);
  const { game } = choices;
  return [
    { kind: "vars", changes: varChangesOf(facts, choices.vars) },
    {
      kind: "secrets",
      set: SECRETS.filter((name) => typeof changes[name] === "string"),
      removed: SECRETS.filter((name) => changes[name] === null),
      kept: SECRETS.filter((name) => changes[name] === undefined && facts.secretNames.has(name)),
      keySecrets: keySecrets.from,
    },
    { kind: "deploy" },
    { kind: "ready" },
    ...(game === undefined ? [] : [{ kind: "keys", game } as const, { kind: "event", game } as const]),
  ];
}
