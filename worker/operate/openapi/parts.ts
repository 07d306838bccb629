import * as z from "zod";
import { envelopeSchema, eventSchema } from "../../events/schemas.ts";
import { problemSchema } from "../../http/problem.ts";
import { answerSchema } from "../../ingest/answer.ts";
import { liveSchema } from "../../live/merge.ts";
import { queueStatsSchema } from "../../queue/stats.ts";
import { auditSchema } from "../audit.ts";
import { deadLetterPageSchema, replayOrderSchema } from "../dead-letters.ts";
import { erasureAnswerSchema, erasureSchema } from "../erasure.ts";
import { gamesSchema } from "../games.ts";
import { incidentsSchema } from "../incidents.ts";
import { keyOrderSchema, knownKeySchema, newKeySchema } from "../keys.ts";
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
  Incidents: incidentsSchema,
  Reports: reportsSchema,
  DeadLetterPage: deadLetterPageSchema,
  ReplayOrder: replayOrderSchema,
  TokenOrder: tokenOrderSchema,
  NewToken: newTokenSchema,
  KeyOrder: keyOrderSchema,
  NewKey: newKeySchema,
  KnownKey: knownKeySchema,
  ErasureAnswer: erasureAnswerSchema,
  Erasure: erasureSchema,
  Audit: auditSchema,
  Problem: problemSchema,
} satisfies Record<string, z.ZodType>;

export const ref = (name: keyof typeof SCHEMAS) => ({ $ref: `#/components/schemas/${name}` });

/** An answer that is JSON. */
export const answers = (description: string, schema: object, example?: unknown) => ({
  description,
  content: { "application/json": { schema, ...(example === undefined ? {} : { example }) } },
});

/** A request's body, or one of several. */
export const takes = (schema: object, examples: Record<string, { summary: string; value: unknown }>) => ({
  required: true,
  content: { "application/json": { schema, examples } },
});

/** A refusal, and the codes that tell one from another. */
export const problem = (description: string, ...codes: [string, ...string[]]) => ({
  description: `${description} (${codes.map((code) => `\`${code}\``).join(", ")})`,
  content: {
    "application/problem+json": {
      schema: { allOf: [ref("Problem"), { type: "object", properties: { code: { enum: codes } } }] },
    },
  },
});

/** What any call with a key may be refused with. */
export const REFUSALS = {
  401: problem("no valid key", "invalid_key", "revoked_key"),
  403: problem("the key's role or game is another", "wrong_role", "wrong_game"),
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

export const RATE_LIMITED = {
  429: problem("too many requests: see Retry-After", "rate_limited"),
};

export const BODY_REFUSALS = {
  413: problem(
    "too large: the detail names the limit",
    "body_too_large",
    "decoded_too_large",
    "defaults_too_large",
    "lines_too_large",
    "too_many_events",
  ),
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
  id: { schema: { type: "string" }, example: "5f0c1c1e-9f5a-4f0c-8b0e-2f4e6a7c8d90" },
  user: {
    schema: { type: "string", minLength: 1, maxLength: 128 },
    description: "the player's id, URL-encoded",
    example: "user_12345",
  },
};

/** What may stand in a query, from the schema that checks it. */
export const inQuery = (schema: z.ZodObject) =>
  Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: "query",
    required: !z.safeParse(field, undefined).success,
    schema: z.toJSONSchema(field, { io: "input" }),
  }));
