import * as z from "zod";
import { version } from "../../package.json";
import { envelopeSchema, eventSchema } from "../events/schemas.ts";
import { isoTime } from "../events/time.ts";
import type { AppContext } from "../http/context.ts";
import { problemSchema } from "../http/problem.ts";
import { answerSchema } from "../ingest/answer.ts";
import { queueStatsSchema } from "../queue/stats.ts";

/** The schemas that the description refers to by name: the same that check requests. */
const SCHEMAS = {
  Event: eventSchema,
  Envelope: envelopeSchema,
  IngestAnswer: answerSchema,
  QueueStats: queueStatsSchema,
  Problem: problemSchema,
};

const ref = (name: keyof typeof SCHEMAS) => ({ $ref: `#/components/schemas/${name}` });

const json = (schema: object) => ({ "application/json": { schema } });

const answers = (description: string, schema: object) => ({ description, content: json(schema) });

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: ref("Problem") } },
});

const REFUSALS = {
  401: problem("no valid key"),
  403: problem("the key's role or game is another"),
};
const UNAVAILABLE = { 503: problem("a queue cannot be reached, or the settings are wrong: see Retry-After") };

const COMMON = { user_id: "user_12345", session_id: "session_abc123", platform: "ios", app_version: "1.2.0" };
const PURCHASE = {
  product_id: "coin_pack_1000",
  product_name: "1000 Gold Coins",
  price: "4.99",
  currency: "USD",
  store: "app_store",
};
/** Of today: an event of last month would be too old to try. */
const examples = () => {
  const timestamp = isoTime(Date.now());
  return {
    event: { summary: "One event", value: { event_type: "purchase", ...COMMON, timestamp, ...PURCHASE } },
    envelope: {
      summary: "An envelope",
      value: {
        sent_at: timestamp,
        id_seed: crypto.randomUUID(),
        defaults: { ...COMMON, timestamp },
        events: [
          { event_type: "progression", status: "complete", level: "world1/level3", seq: 1, offset_ms: 0 },
        ],
      },
    },
  };
};

const ingestOperation = (summary: string, role: string, success: object, more: object = {}) => ({
  tags: ["Collect"],
  summary,
  description: `Role: ${role}. JSON, optionally gzip; at most 500 events, 1 MiB as sent and 4 MiB decompressed. Each event is judged by itself.`,
  requestBody: {
    required: true,
    content: {
      "application/json": {
        schema: {
          anyOf: [ref("Event"), { type: "array", items: ref("Event"), maxItems: 500 }, ref("Envelope")],
        },
        examples: examples(),
      },
    },
  },
  responses: {
    ...success,
    400: problem("the body cannot be read"),
    ...REFUSALS,
    413: problem("too large: the detail names the limit"),
    415: problem("another media type or encoding"),
    422: answers("every event is rejected", ref("IngestAnswer")),
    ...more,
  },
});

const gameOperation = (summary: string, role: string) => ({
  tags: ["Operate"],
  summary,
  description: `Role: ${role}.`,
  parameters: [{ name: "game", in: "path", required: true, schema: { type: "string" } }],
  responses: {
    200: answers("the numbers", ref("QueueStats")),
    400: problem("no game's name"),
    ...REFUSALS,
    ...UNAVAILABLE,
  },
});

const openAnswer = (summary: string, responses: object) => ({
  tags: ["Operate"],
  summary,
  security: [],
  responses,
});

function describe() {
  return {
    openapi: "3.1.0",
    info: { title: "Playtrail", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    security: [{ key: [] }],
    paths: {
      "/v1/events": {
        post: {
          ...ingestOperation(
            "Send events",
            "write",
            { 202: answers("what was accepted is durable", ref("IngestAnswer")) },
            UNAVAILABLE,
          ),
          security: [{ key: [] }, { query_key: [] }],
        },
      },
      "/v1/events/validate": {
        post: ingestOperation("Check events without storing them", "write", {
          200: answers("the verdicts", ref("IngestAnswer")),
        }),
      },
      "/v1/games/{game}/queue": { get: gameOperation("What waits, and what became of the rest", "read") },
      "/v1/games/{game}/queue/flush": { post: gameOperation("Deliver now", "admin") },
      "/health": { get: openAnswer("Whether the Worker answers", { 200: { description: "it does" } }) },
      "/ready": {
        get: openAnswer("Whether settings and queues are in order", {
          200: { description: "they are" },
          503: { description: "they are not: the body says what is wrong" },
        }),
      },
      "/openapi.json": { get: openAnswer("This description", { 200: { description: "OpenAPI 3.1" } }) },
    },
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        query_key: {
          type: "apiKey",
          in: "query",
          name: "key",
          description: "A write key, where headers cannot be set.",
        },
      },
      schemas: Object.fromEntries(
        Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchemaOf(schema)]),
      ),
    },
  };
}

function jsonSchemaOf(schema: z.ZodType): object {
  const {
    $schema: _,
    id: __,
    ...described
  } = z.toJSONSchema(schema, { io: "input" }) as Record<string, unknown>;
  return described;
}

let description: string | undefined;

/** `GET /openapi.json`: the API, described from the schemas that it checks with. */
export function openApi(c: AppContext): Response {
  description ??= JSON.stringify(describe());
  return c.body(description, 200, { "Content-Type": "application/json" });
}
