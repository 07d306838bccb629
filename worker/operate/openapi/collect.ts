import type { IngestAnswer } from "../../../sdk/events.ts";
import { isoTime } from "../../events/time.ts";
import { attemptQuerySchema } from "../../http/attempt.ts";
import {
  answers,
  answersTo,
  BODY_REFUSALS,
  inQuery,
  problem,
  RATE_LIMITED,
  REFUSALS,
  ref,
  SIZE_REFUSALS,
  takes,
  UNAVAILABLE,
  unreadable,
} from "./parts.ts";

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
    mixed: {
      summary: "An array, of which one is taken and one is not",
      value: [
        { event_type: "custom", ...COMMON, timestamp, name: "boss_defeated", mood: "happy" },
        { event_type: "ad", ...COMMON, timestamp, action: "shown" },
      ],
    },
    wrong: {
      summary: "Nothing that is taken",
      value: { event_type: "purchase", ...COMMON, timestamp, ...PURCHASE, price: "4,99" },
    },
  };
};

const answer = (
  counts: { accepted?: number; rejected?: number },
  ...results: IngestAnswer["results"]
): IngestAnswer => ({
  request_id: "d3c1177a-44cd-421b-bf04-e08ee30676da",
  received_at: "2026-11-21T12:00:00.128Z",
  accepted: 0,
  duplicates: 0,
  rejected: 0,
  retry: 0,
  ...counts,
  results,
});

const SOME_TAKEN = {
  event: answer({ accepted: 1 }),
  envelope: answer({ accepted: 1 }),
  mixed: answer(
    { accepted: 1, rejected: 1 },
    {
      index: 0,
      event_id: "b75b180a-0bac-87f8-9ad8-8c6572e815d0",
      status: "accepted",
      warnings: [
        {
          path: "mood",
          code: "unknown_field",
          message: "mood is not a field of custom: it was kept; properties is the place for it",
        },
      ],
    },
    {
      index: 1,
      event_id: null,
      status: "rejected",
      errors: [{ path: "ad_type", code: "required", message: "ad_type is missing" }],
    },
  ),
};

const PRICE_RULE =
  'price must be a decimal such as "4.99": not negative, at most 15 digits before the point and 4 after it';
const NONE_TAKEN = {
  wrong: answer(
    { rejected: 1 },
    {
      index: 0,
      event_id: "7a615f6f-c792-895d-a9ad-221829d3051c",
      status: "rejected",
      errors: [{ path: "price", code: "invalid_decimal", message: PRICE_RULE }],
    },
  ),
};

const ingestOperation = (summary: string, success: object) => ({
  tags: ["Collect"],
  summary,
  description:
    "Role: write. JSON, optionally gzip; at most 500 events, 1 MiB as sent and 4 MiB decompressed. Each event is judged by itself.",
  parameters: inQuery(attemptQuerySchema),
  requestBody: takes(
    { anyOf: [ref("Event"), { type: "array", items: ref("Event"), maxItems: 500 }, ref("Envelope")] },
    examples(),
  ),
  responses: {
    ...success,
    400: unreadable("no_events", "invalid_envelope"),
    ...REFUSALS,
    ...BODY_REFUSALS,
    422: answersTo("every event is rejected", ref("IngestAnswer"), NONE_TAKEN),
    ...RATE_LIMITED,
    503: problem(
      "not now, send the same again after Retry-After: too much waits, a queue cannot be reached, or the settings are wrong",
      "queue_full",
      "queue_unreachable",
      "wrong_settings",
    ),
  },
});

/** What games and studios' servers call. */
export const collectPaths = () => ({
  "/v1/events": {
    post: {
      ...ingestOperation("Send events", {
        202: answersTo("what was accepted is durable", ref("IngestAnswer"), SOME_TAKEN),
      }),
      security: [{ key: [] }, { query_key: [] }],
    },
  },
  "/v1/events/validate": {
    post: ingestOperation("Check events without storing them", {
      200: answersTo("the verdicts", ref("IngestAnswer"), SOME_TAKEN),
    }),
  },
  "/v1/tokens": {
    post: {
      tags: ["Collect"],
      summary: "Mint a player token",
      description:
        "Role: server. A key that may send one player's events and no other's. It ends by itself, and with the key that minted it.",
      requestBody: takes(ref("TokenOrder"), {
        day: { summary: "For a day", value: { user_id: "user_12345", expires_in: 86_400 } },
      }),
      responses: {
        201: answers("the token", ref("NewToken"), {
          token: "eyJhbGciOiJIUzI1NiJ9…",
          expires_at: isoTime(Date.now() + 86_400_000),
        }),
        400: unreadable(),
        ...REFUSALS,
        ...SIZE_REFUSALS,
        415: BODY_REFUSALS[415],
        ...RATE_LIMITED,
        ...UNAVAILABLE,
      },
    },
  },
});
