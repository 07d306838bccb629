import * as z from "zod";
import type { Hints } from "../sdk/events.ts";
import { boardsSchema } from "./events/board.ts";
import { log } from "./log.ts";

const positiveInteger = (fallback: number) =>
  z.coerce
    .number({ error: "must be a whole number" })
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .default(fallback);

/** HS256 wants a secret as long as its hash: https://www.rfc-editor.org/rfc/rfc7518#section-3.2 */
const KEY_SECRET_MIN_CHARACTERS = 32;

/** So many shards take 64,000 requests/s at a region: beyond it a number is more likely a slip. */
const MAX_SHARDS = 64;

const flushIntervalRange = "flush_interval_ms must be a whole number from 1000 to 600000";
const sampleRange = "sample must be a number from 0 to 1";

/** What an operator asks of a game's clients; `sdk/events.ts` says what each part means. */
export const hintsSchema = z.object(
  {
    flush_interval_ms: z
      .int(flushIntervalRange)
      .min(1_000, flushIntervalRange)
      .max(600_000, flushIntervalRange)
      .optional(),
    sample: z.number(sampleRange).min(0, sampleRange).max(1, sampleRange).optional(),
    paused_until: z.iso
      .datetime({ offset: true, error: "paused_until must be RFC 3339, such as 2026-11-21T12:00:00Z" })
      .optional(),
  },
  "must hold an object for each game, with flush_interval_ms, sample or paused_until and nothing else",
) satisfies z.ZodType<Hints>;

const settingsSchema = z.object({
  FIREHOSE_STREAM: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be a delivery stream's name: 1–64 of A–Z, a–z, 0–9, _, . and -"),
  AWS_REGION: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, "must be an AWS region, such as us-east-1"),
  FIREHOSE_ENDPOINT: z
    .union([z.literal(""), z.url({ protocol: /^https?$/, error: "must be empty or a http(s) URL" })])
    .default(""),
  FIREHOSE_PACKING: z.enum(["lines", "event"], 'must be "lines" or "event"').default("lines"),
  FIREHOSE_CALL_BYTES: positiveInteger(1024 * 1024).pipe(
    z.number().max(4 * 1024 * 1024, "may be at most 4194304, the service's bound"),
  ),
  FLUSH_INTERVAL_MS: positiveInteger(5_000),
  FIREHOSE_MIB_PER_S: z.coerce.number({ error: "must be a number" }).positive("must be above 0").default(5),
  DEDUP_WINDOW_MS: positiveInteger(24 * 60 * 60 * 1000),
  QUEUE_MAX_BYTES: positiveInteger(1024 ** 3),
  GAME_SHARDS: z
    .preprocess(
      jsonOf,
      z.record(z.string(), z.int().min(1).max(MAX_SHARDS), {
        error: `must be JSON such as {"awesome_game":4}, from 1 to ${MAX_SHARDS} shards a game`,
      }),
    )
    .default({}),
  CLIENT_HINTS: z
    .preprocess(
      jsonOf,
      z.record(z.string(), hintsSchema.strict(), {
        error: 'must be JSON such as {"awesome_game":{"flush_interval_ms":30000},"*":{"sample":0.1}}',
      }),
    )
    .default({}),
  LEADERBOARDS: z.preprocess(jsonOf, boardsSchema).default({}),
  MAX_ATTEMPTS: positiveInteger(12),
  FX_RATES_URL: z
    .union([z.literal(""), z.url({ protocol: /^https?$/, error: "must be empty or a http(s) URL" })])
    .default("https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"),
  // What is wrong with it costs alerts, but no events: `webhook/destination.ts` judges it.
  ALERT_WEBHOOK_URL: z.string().default(""),
  ALERT_WEBHOOK_SECRET: z.string().default(""),
  KEY_SECRETS: z
    .string("is missing: set it with `wrangler secret put KEY_SECRETS`")
    .transform((list) => list.split(",").map((secret) => secret.trim()))
    .pipe(
      z
        .array(
          z
            .string()
            .min(
              KEY_SECRET_MIN_CHARACTERS,
              `must hold secrets of at least ${KEY_SECRET_MIN_CHARACTERS} characters each`,
            ),
        )
        .max(2, 'may hold two secrets at most: "new,old"'),
    ),
  AWS_ACCESS_KEY_ID: z.string("is missing").min(1, "is empty"),
  AWS_SECRET_ACCESS_KEY: z.string("is missing").min(1, "is empty"),
  AWS_SESSION_TOKEN: z.string().optional(),
});

/** The Worker's settings, checked. `wrangler.toml` says what each one means. */
export type Config = z.infer<typeof settingsSchema>;

export type ConfigResult = { kind: "ok"; config: Config } | { kind: "wrong"; problems: string[] };

const results = new WeakMap<object, ConfigResult>();

/** Reads the settings once for each environment. A problem names its setting, never the setting's value. */
export function readConfig(env: object): ConfigResult {
  const known = results.get(env);
  if (known) return known;
  const result = checkConfig(env);
  results.set(env, result);
  if (result.kind === "wrong") log("error", "wrong_settings", { problems: result.problems });
  return result;
}

/** The settings, where they are right; an error that names what is wrong, where they are not. */
export function requireConfig(env: object): Config {
  const result = readConfig(env);
  if (result.kind === "wrong") throw new Error(`wrong settings: ${result.problems.join("; ")}`);
  return result.config;
}

/** What is no JSON stays text, which the schema then refuses. */
function jsonOf(setting: unknown): unknown {
  if (typeof setting !== "string") return setting;
  try {
    return JSON.parse(setting || "{}");
  } catch {
    return setting;
  }
}

/** Checks settings, and keeps nothing of them. A problem names its setting, never the setting's value. */
export function checkConfig(env: object): ConfigResult {
  const { success, data, error } = settingsSchema.safeParse(env);
  if (success) return { kind: "ok", config: data };
  return {
    kind: "wrong",
    problems: error.issues.map((issue) => `${issue.path[0]?.toString()} ${issue.message}`),
  };
}
