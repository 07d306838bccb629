import { eventFilterSchema } from "../../events/filter.ts";
import { deadLetterQuerySchema, purgeQuerySchema } from "../dead-letters.ts";
import {
  answers,
  BODY_REFUSALS,
  inPath,
  inQuery,
  problem,
  REFUSALS,
  ref,
  takes,
  UNAVAILABLE,
  unreadable,
} from "./parts.ts";

const INVALID_GAME = { 400: problem("no game's name", "invalid_game") };

const gameOperation = (summary: string, role: string) => ({
  tags: ["Operate"],
  summary,
  description: `Role: ${role}.`,
  parameters: inPath("game"),
  responses: {
    200: answers("the numbers", ref("QueueStats")),
    ...INVALID_GAME,
    ...REFUSALS,
    ...UNAVAILABLE,
  },
});

const count = (name: string) => ({
  type: "object",
  properties: { [name]: { type: "integer" } },
  required: [name],
});

const DEAD_LETTER = {
  id: "enam/0/513",
  shard: "awesome_game/enam/0",
  at: "2026-11-21T12:00:00.000Z",
  code: "InternalFailure",
  message: "The service could not process the record",
  attempts: 12,
  bytes: 412,
  history: [],
  line: { event_id: "0190a5da-c967-74bb-bceb-302099a80570", event_type: "install", record_type: "event" },
};

const deadLetterPaths = () => ({
  "/v1/games/{game}/dead-letters": {
    get: {
      tags: ["Operate"],
      summary: "Page through what was refused for good",
      description: "Role: read. Queue after queue, in each the oldest event first.",
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
      description: "Role: admin. Only where `confirm` says how many events they are.",
      parameters: [...inPath("game"), ...inQuery(purgeQuerySchema)],
      responses: {
        200: answers("they are removed", count("purged"), { purged: 17 }),
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
      description: "Role: admin. Without a body: all of them.",
      parameters: inPath("game"),
      requestBody: {
        ...takes(ref("ReplayOrder"), {
          some: { summary: "Some of them", value: { ids: [DEAD_LETTER.id] } },
          code: { summary: "Those of one kind", value: { code: DEAD_LETTER.code } },
        }),
        required: false,
      },
      responses: {
        200: answers("they wait for delivery again", count("replayed"), { replayed: 17 }),
        400: unreadable("invalid_game"),
        ...REFUSALS,
        413: problem("too large: the detail names the limit", "body_too_large", "decoded_too_large"),
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
  "/health": { get: openAnswer("Whether the Worker answers", { 200: { description: "it does" } }) },
  "/ready": {
    get: openAnswer("Whether settings and queues are in order", {
      200: { description: "they are" },
      503: { description: "they are not: the body says what is wrong" },
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
