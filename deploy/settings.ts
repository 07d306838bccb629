import { type ConfigResult, checkConfig } from "../worker/config.ts";
import { destinationOf } from "../worker/schedule/webhook/destination.ts";

/** The Workers that `wrangler.toml` describes, beside the laptop's. */
export const ENVIRONMENTS = ["production", "staging"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** What setup writes into `wrangler.toml`. */
export const VARS = ["FIREHOSE_STREAM", "AWS_REGION", "FIREHOSE_MIB_PER_S"] as const;
export type Vars = Record<(typeof VARS)[number], string>;

/** What setup gives to Cloudflare, and to nobody else. */
export const SECRETS = [
  "KEY_SECRETS",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "ALERT_WEBHOOK_URL",
  "ALERT_WEBHOOK_SECRET",
] as const;
export type SecretName = (typeof SECRETS)[number];
export type Secrets = Partial<Record<SecretName, string>>;

export const DEFAULT_VARS: Vars = {
  FIREHOSE_STREAM: "playtrail-events",
  AWS_REGION: "us-east-1",
  FIREHOSE_MIB_PER_S: "5",
};

/** Lawful values of what must not be missing, so that one setting can be judged without the others. */
const STAND_INS = {
  ...DEFAULT_VARS,
  KEY_SECRETS: "x".repeat(32),
  AWS_ACCESS_KEY_ID: "x",
  AWS_SECRET_ACCESS_KEY: "x",
};

/** What the Worker would say of these settings; empty: nothing. Names settings, never a value. */
export function problemsWith(settings: Partial<Vars> & Secrets): string[] {
  const result: ConfigResult = checkConfig({ ...STAND_INS, ...settings });
  if (result.kind === "wrong") return result.problems;
  const destination = destinationOf(result.config);
  return destination.kind === "wrong" ? [destination.problem] : [];
}

/** Where Direct PUT may take 5 MiB/s, unless AWS has granted more: https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
const FAST_REGIONS = new Set(["us-east-1", "us-west-2", "eu-west-1"]);

/** What a stream in that region takes in a second, in MiB, when it is new. */
export function quotaMibPerS(region: string): string {
  return FAST_REGIONS.has(region) ? "5" : "1";
}
