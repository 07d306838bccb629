import * as z from "zod";
import { envelopeSchema, eventSchema } from "../../events/schemas.ts";
import { problemSchema } from "../../http/problem.ts";
import { answerSchema } from "../../ingest/answer.ts";
import { liveSchema } from "../../live/merge.ts";
import { queueStatsSchema } from "../../queue/stats.ts";
import { auditSchema } from "../audit.ts";
import { deadLetterPageSchema, purgedSchema, replayedSchema, replayOrderSchema } from "../dead-letters.ts";
import { erasureAnswerSchema, erasuresSchema } from "../erasure.ts";
import { gamesSchema } from "../games.ts";
import { healthSchema, readySchema } from "../health.ts";
import { incidentsSchema } from "../incidents.ts";
import { keyOrderSchema, knownKeySchema, knownKeysSchema, newKeySchema } from "../keys.ts";
import { leaderboardSchema, leaderboardsSchema, playerStatsSchema } from "../leaderboards.ts";
import { reportsSchema } from "../reports.ts";
import { newTokenSchema, tokenOrderSchema } from "../tokens.ts";

/** The schemas that the description refers to by name: the same that check requests. */
export const SCHEMAS = {
  Event: eventSchema,
  Envelope: envelopeSchema,
  IngestAnswer: answerSchema,
  QueueStats: queueStatsSchema,
  Games: gamesSchema,
  Live: liveSchema,
  Leaderboards: leaderboardsSchema,
  Leaderboard: leaderboardSchema,
  PlayerStats: playerStatsSchema,
  Incidents: incidentsSchema,
  Reports: reportsSchema,
  DeadLetterPage: deadLetterPageSchema,
  ReplayOrder: replayOrderSchema,
  Replayed: replayedSchema,
  Purged: purgedSchema,
  TokenOrder: tokenOrderSchema,
  NewToken: newTokenSchema,
  KeyOrder: keyOrderSchema,
  NewKey: newKeySchema,
  KnownKey: knownKeySchema,
  KnownKeys: knownKeysSchema,
  ErasureAnswer: erasureAnswerSchema,
  Erasures: erasuresSchema,
  Audit: auditSchema,
  Health: healthSchema,
  Ready: readySchema,
  Problem: problemSchema,
} satisfies Record<string, z.ZodType>;

/** A schema as the description has it. */
export function jsonSchemaOf(schema: z.core.$ZodType): object {
  const json = z.toJSONSchema(schema, { io: "input", override: withoutSafeBounds });
  const { $schema: _, id: __, ...described } = json as Record<string, unknown>;
  return described;
}

/** Zod bounds whole numbers by what a double can hold: true of every one of them, and noise where people read. */
function withoutSafeBounds({ jsonSchema }: { jsonSchema: { minimum?: unknown; maximum?: unknown } }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

export const ref = (name: keyof typeof SCHEMAS) => ({ $ref: `#/components/schemas/${name}` });

/** An answer that is JSON. */
export const answers = (description: string, schema: object, example: unknown) => ({
  description,
  content: { "application/json": { schema, example } },
});

/** The same where it depends on what was sent: the answer to each of the requests that `takes` shows, by the same names. */
export const answersTo = (description: string, schema: object, examples: Record<string, unknown>) => ({
  description,
  content: {
    "application/json": {
      schema,
      examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
    },
  },
});

/** A request's body, or one of several. */
export const takes = (schema: object, examples: Record<string, { summary: string; value: unknown }>) => ({
  required: true,
  content: { "application/json": { schema, examples } },
});

const refusal = (description: string, codes: string[], more: { example?: object } = {}) => ({
  description: `${description} (${codes.map((code) => `\`${code}\``).join(", ")})`,
  content: {
    "application/problem+json": {
      schema: { allOf: [ref("Problem"), { type: "object", properties: { code: { enum: codes } } }] },
      ...more,
    },
  },
});

/** A refusal, and the codes that tell one from another. */
export const problem = (description: string, ...codes: [string, ...string[]]) => refusal(description, codes);

const NO_KEY = {
  type: "about:blank",
  title: "Unauthorized",
  status: 401,
  code: "invalid_key",
  detail: "send your key as Authorization: Bearer <key>",
  request_id: "281d6c5e-4b30-4559-82a1-c76babbe4980",
};

/** What any call with a key may be refused with. */
export const REFUSALS = {
  401: refusal("no valid key", ["invalid_key", "revoked_key"], { example: NO_KEY }),
  403: problem("the key's role or game is another", "wrong_role", "wrong_game"),
};

/** The same of a call that players make, too. */
export const READER_REFUSALS = {
  401: REFUSALS[401],
  403: problem("the key's role, game or player is another", "wrong_role", "wrong_game", "wrong_user"),
  429: problem("a player token's limit: see Retry-After", "rate_limited"),
};

/** What any call may be refused with that needs a queue, the registry and the settings. */
export const UNAVAILABLE = {
  503: problem(
    "not now, send the same again after Retry-After: a queue or the registry cannot be reached, or the settings are wrong",
    "queue_unreachable",
    "registry_unreachable",
    "wrong_settings",
  ),
};

/** The same, of what needs the leaderboards. */
export const UNAVAILABLE_BOARDS = {
  503: problem(
    "not now, send the same again after Retry-After: the leaderboards, a queue or the registry cannot be reached, or the settings are wrong",
    "leaderboards_unreachable",
    "queue_unreachable",
    "registry_unreachable",
    "wrong_settings",
  ),
};

export const RATE_LIMITED = {
  429: problem("too many requests: see Retry-After", "rate_limited"),
};

const TOO_LARGE = "too large: the detail names the limit";
const LARGE_BODIES = ["body_too_large", "decoded_too_large", "too_many_parts"] as const;

/** A body that is refused for its size alone. */
export const SIZE_REFUSALS = { 413: problem(TOO_LARGE, ...LARGE_BODIES) };

export const BODY_REFUSALS = {
  413: problem(TOO_LARGE, ...LARGE_BODIES, "defaults_too_large", "lines_too_large", "too_many_events"),
  415: problem("another media type or encoding", "unsupported_media_type", "unsupported_encoding"),
};

const UNREADABLE = ["invalid_json", "invalid_gzip", "invalid_utf8", "invalid_body"] as const;

/** A body that cannot be read, or is not what was asked for. */
export const unreadable = (...more: string[]) =>
  problem("the body cannot be read, or is not what it should be", ...UNREADABLE, ...more);

/** What stands in a path, by name. */
export const inPath = (...names: (keyof typeof PATH)[]) =>
  names.map((name) => ({ name, in: "path", required: true, ...PATH[name] }));

const PATH = {
  game: { schema: { type: "string" }, example: "awesome_game" },
  board: { schema: { type: "string" }, example: "high_score" },
  id: { schema: { type: "string" }, example: "5f0c1c1e-9f5a-4f0c-8b0e-2f4e6a7c8d90" },
  user: {
    schema: { type: "string", minLength: 1, maxLength: 128 },
    description: "the player's id, URL-encoded",
    example: "user_12345",
  },
};

/** What may stand in a query, from the schema that checks it; `examples` by name. */
export const inQuery = (schema: z.ZodObject, examples: Record<string, unknown> = {}) =>
  Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: "query",
    required: !z.safeParse(field, undefined).success,
    schema: jsonSchemaOf(field),
    ...(name in examples && { example: examples[name] }),
  }));
