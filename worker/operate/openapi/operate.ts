import { version } from "../../../package.json";
import { eventFilterSchema } from "../../events/filter.ts";
import { adviceOn } from "../../firehose/advice.ts";
import { deadLetterQuerySchema, purgeQuerySchema } from "../dead-letters.ts";
import {
  answers,
  BODY_REFUSALS,
  inPath,
  inQuery,
  problem,
  REFUSALS,
  ref,
  SIZE_REFUSALS,
  takes,
  UNAVAILABLE,
  unreadable,
} from "./parts.ts";

const COLLECTORS = "With a key for all games, `_collector` names the queue of exchange rates.";

const INVALID_GAME = { 400: problem("no game's name", "invalid_game") };

/** What became of a game's first events: the same in every example that shows it. */
export const TOTALS = {
  received: 121,
  accepted: 120,
  duplicates: 0,
  rejected: 1,
  rejected_unrecorded: 0,
  delivered: 115,
  dead_lettered: 1,
  purged: 0,
  erased: 0,
  client_dropped: 0,
  firehose_calls: 19,
  firehose_records: 17,
  firehose_bytes: 65_303,
  firehose_billed_bytes: 122_880,
  rows_written: 155,
};

const MEASURES = {
  depth: { events: 4, bytes: 2_260, oldest_age_ms: 160 },
  delivery: {
    state: "closed",
    consecutive_failures: 0,
    next_attempt_at: null,
    last_success_at: "2026-11-21T12:00:04.504Z",
    last_error: {
      at: "2026-11-21T12:00:00.000Z",
      kind: "partial",
      code: "InternalFailure",
      message: "The record cannot be processed.",
      advice: null,
    },
    bytes_per_s: 5_242_880,
  },
  dead_letters: { events: 1, bytes: 490 },
  totals: TOTALS,
};

const QUEUE_STATS = {
  game: "awesome_game",
  at: "2026-11-21T12:00:05.674Z",
  ...MEASURES,
  shards: [{ shard: "awesome_game/enam/0", ...MEASURES }],
};

const gameOperation = (summary: string, role: string) => ({
  tags: ["Operate"],
  summary,
  description: `Role: ${role}. ${COLLECTORS}`,
  parameters: inPath("game"),
  responses: {
    200: answers("the numbers", ref("QueueStats"), QUEUE_STATS),
    ...INVALID_GAME,
    ...REFUSALS,
    ...UNAVAILABLE,
  },
});

const DEAD_LETTER = {
  id: "enam/0/513",
  shard: "awesome_game/enam/0",
  at: "2026-11-21T12:00:00.000Z",
  code: "InternalFailure",
  message: "The record cannot be processed.",
  attempts: 12,
  bytes: 490,
  history: [],
  line: {
    event_type: "custom",
    name: "boss_defeated",
    user_id: "user_12345",
    session_id: "session_abc123",
    platform: "ios",
    app_version: "1.4.2",
    timestamp: "2026-11-21T11:58:21.000Z",
    client_timestamp: "2026-11-21T11:58:21Z",
    schema_version: "1.0",
    country: "US",
    event_id: "07fc81ab-e5e2-8dc9-9186-a13e5b3cc22e",
    game_id: "awesome_game",
    record_type: "event",
    ingestion_timestamp: "2026-11-21T11:58:21.537Z",
    collector: "playtrail/0.1.0",
    request_id: "56a3dc49-b563-4102-80cc-deaa5e5a7875",
  },
};

const deadLetterPaths = () => ({
  "/v1/games/{game}/dead-letters": {
    get: {
      tags: ["Operate"],
      summary: "Page through what was refused for good",
      description: `Role: read. Queue after queue, in each the oldest event first. ${COLLECTORS}`,
      parameters: [...inPath("game"), ...inQuery(deadLetterQuerySchema)],
      responses: {
        200: answers("a page", ref("DeadLetterPage"), { dead_letters: [DEAD_LETTER], next: null }),
        400: problem(
          "no game's name, or the query is not what it should be",
          "invalid_game",
          "invalid_query",
        ),
        ...REFUSALS,
        ...UNAVAILABLE,
      },
    },
    delete: {
      tags: ["Operate"],
      summary: "Remove dead letters for good",
      description: `Role: admin. Only where \`confirm\` says how many events they are. ${COLLECTORS}`,
      parameters: [...inPath("game"), ...inQuery(purgeQuerySchema, { confirm: 1 })],
      responses: {
        200: answers("they are removed", ref("Purged"), { purged: 1 }),
        400: problem(
          "no game's name, or the query is not what it should be",
          "invalid_game",
          "invalid_query",
        ),
        ...REFUSALS,
        409: problem("there is another number of them: the detail says how many", "count_differs"),
        ...UNAVAILABLE,
      },
    },
  },
  "/v1/games/{game}/dead-letters/replay": {
    post: {
      tags: ["Operate"],
      summary: "Send dead letters again",
      description: `Role: admin. Without a body: all of them. ${COLLECTORS}`,
      parameters: inPath("game"),
      requestBody: {
        ...takes(ref("ReplayOrder"), {
          some: { summary: "Some of them", value: { ids: [DEAD_LETTER.id] } },
          code: { summary: "Those of one kind", value: { code: DEAD_LETTER.code } },
        }),
        required: false,
      },
      responses: {
        200: answers("they wait for delivery again", ref("Replayed"), { replayed: 1 }),
        400: unreadable("invalid_game"),
        ...REFUSALS,
        ...SIZE_REFUSALS,
        415: BODY_REFUSALS[415],
        ...UNAVAILABLE,
      },
    },
  },
});

const METRICS_EXAMPLE = `# HELP playtrail_depth_events Events that wait for delivery.
# TYPE playtrail_depth_events gauge
playtrail_depth_events{game="awesome_game",shard="enam/0"} 17
`;

const TAIL = `Role: read. A WebSocket. The key goes into \`Authorization\` or, from browsers, into a second protocol beside the first:
\`new WebSocket(url, ["playtrail.tail", "bearer." + key])\`; never into the query.

Each frame from the server is JSON: \`{"n":7,"items":[{"at","status","event","warnings"?,"errors"?}],"skipped"?:12}\`. \`status\` is accepted,
duplicate or rejected; \`event\` is the event as it was judged, or as it was sent where it is rejected (a text where it was cut at 8 KiB);
\`skipped\` is how many events were left out since the frame before because there were too many.

The client answers each with \`{"ack":7}\`. With 50 frames unacknowledged, or none acknowledged for 60 s, it is closed with 1013. It may
say \`{"filter":{"user"?,"type"?,"status"?}}\` to see others from then on, and \`ping\`, which is answered with \`pong\`. A key that is revoked or
ends closes its tails within a minute, with 1008.`;

const READY = { status: "ready", settings: { problems: [] }, queues: { total: 3, stuck: [] } };

const DENIED = "AccessDeniedException";
const NOT_READY = {
  status: "not_ready",
  settings: { problems: [] },
  queues: {
    total: 3,
    stuck: [{ since: "2026-11-21T12:00:00.000Z", reason: DENIED, advice: adviceOn("permanent", DENIED) }],
  },
};

const openAnswer = (summary: string, responses: object) => ({
  tags: ["Operate"],
  summary,
  security: [],
  responses,
});

/** What operators call. */
export const operatePaths = () => ({
  "/v1/games/{game}/queue": { get: gameOperation("What waits, and what became of the rest", "read") },
  "/v1/games/{game}/queue/flush": { post: gameOperation("Deliver now", "admin") },
  ...deadLetterPaths(),
  "/v1/games/{game}/tail": {
    get: {
      tags: ["Operate"],
      summary: "Watch events as they arrive",
      description: TAIL,
      parameters: [...inPath("game"), ...inQuery(eventFilterSchema)],
      responses: {
        101: { description: "a WebSocket, of the protocol `playtrail.tail` where that was offered" },
        400: problem("no game's name, or the query is no filter", "invalid_game", "invalid_query"),
        ...REFUSALS,
        426: problem("the key is good, but the request opens no WebSocket", "upgrade_required"),
        429: problem("as many tails of the game are open as may be", "too_many_tails"),
        503: problem(
          "not now, connect again after Retry-After: the tail or the registry cannot be reached, or the settings are wrong",
          "tail_unreachable",
          "registry_unreachable",
          "wrong_settings",
        ),
      },
    },
  },
  "/health": {
    get: openAnswer("Whether the Worker answers", {
      200: answers("it does", ref("Health"), { status: "ok", version }),
    }),
  },
  "/ready": {
    get: openAnswer("Whether settings and queues are in order", {
      200: answers("they are", ref("Ready"), READY),
      503: answers("they are not: the body says what is wrong", ref("Ready"), NOT_READY),
    }),
  },
  "/metrics": {
    get: {
      tags: ["Operate"],
      summary: "All numbers, for Prometheus",
      description:
        "Role: read. With a key for all games (`*`) those of every queue, with a key of one game its own. docs/monitoring.md says what each one means.",
      responses: {
        200: {
          description: "text format 0.0.4",
          content: { "text/plain": { schema: { type: "string" }, example: METRICS_EXAMPLE } },
        },
        ...REFUSALS,
        ...UNAVAILABLE,
      },
    },
  },
  "/openapi.json": { get: openAnswer("This description", { 200: { description: "OpenAPI 3.1" } }) },
});
