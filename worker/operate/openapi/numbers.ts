import { TOTALS } from "./operate.ts";
import { answers, inPath, problem, REFUSALS, ref, UNAVAILABLE } from "./parts.ts";

const COUNTS = {
  accepted: 15,
  duplicates: 1,
  rejected: 1,
  events: { purchase: 4, progression: 3, custom: 8 },
};
const REVENUE = { EUR: "12.47", JPY: "3000" };

const LIVE = {
  game: "awesome_game",
  at: "2026-11-21T00:34:56.000Z",
  minutes: [{ at: "2026-11-21T00:34:00.000Z", ...COUNTS }],
  hours: [{ at: "2026-11-21T00:00:00.000Z", ...COUNTS, revenue: REVENUE, active_players: 9 }],
  today: { ...COUNTS, purchases: 4, revenue: REVENUE, active_players: 9 },
  active_players: { last_5_minutes: 9, last_60_minutes: 9, today: 9 },
  rejections: [
    {
      code: "invalid_decimal",
      path: "price",
      app_version: "1.4.2",
      count: 1,
      example: '{"event_type":"purchase","price":"4,99"}',
    },
  ],
  warnings: [{ code: "unknown_value", path: "platform", app_version: "1.4.2", count: 3 }],
  drift: [{ field: "mood", event_type: "custom", app_version: "1.4.2", count: 3 }],
  delivery: { latency_ms: { p50: 5_064, p95: 6_077, p99: 6_077, count: 15 } },
  shards: 1,
};

const IN_SHORT = {
  game: "awesome_game",
  depth: { events: 4, bytes: 2_260, oldest_age_ms: 112 },
  delivery: { state: "closed" },
  dead_letters: { events: 1, bytes: 490 },
  totals: TOTALS,
  rate: { in_per_min: 120, out_per_min: 115 },
  cost_per_million: {
    usd: 1.319_324,
    firehose_usd: 0.027_657,
    rows_usd: 1.291_667,
    basis: "list prices, totals so far",
  },
  shards: 1,
  silent: [],
};

const BY = { key: "77aa2c9d-3f4b-4c1e-9d6a-0b8f5e7c1a23", outcome: "done" };
const AUDIT_ENTRIES = [
  {
    at: "2026-12-01T09:00:00.120Z",
    ...BY,
    action: "user.erase",
    detail: { erasure_id: "0b9e3c55-7d0f-4a3b-9a51-6f2f6d1c8e07", events_purged: 17, queues: 1 },
  },
  {
    at: "2026-11-21T12:00:00.000Z",
    ...BY,
    action: "key.mint",
    detail: { id: "5f0c1c1e-9f5a-4f0c-8b0e-2f4e6a7c8d90", role: "write", name: "ios 1.4" },
  },
];

/** What operators watch: numbers, and one another. */
export const numberPaths = () => ({
  "/v1/games": {
    get: {
      tags: ["Operate"],
      summary: "Every game in short",
      description: "Role: read. With a key of one game: that game. A game is listed from its first event on.",
      responses: {
        200: answers("the games", ref("Games"), { games: [IN_SHORT] }),
        ...REFUSALS,
        ...UNAVAILABLE,
      },
    },
  },
  "/v1/games/{game}/audit": {
    get: {
      tags: ["Operate"],
      summary: "What operators changed",
      description: "Role: admin. The last 500 entries, the newest first. The game `*`: keys for all games.",
      parameters: inPath("game"),
      responses: {
        200: answers("the entries", ref("Audit"), { entries: AUDIT_ENTRIES }),
        400: problem("no game's name", "invalid_game"),
        ...REFUSALS,
        ...UNAVAILABLE,
      },
    },
  },
  "/v1/games/{game}/live": {
    get: {
      tags: ["Operate"],
      summary: "What came in the last hour and today",
      description:
        "Role: read. By when it came, not by when it happened. Numbers of a moment ago may be lost where a queue is ended by force.",
      parameters: inPath("game"),
      responses: {
        200: answers("the numbers; of the 60 minutes the example shows the last", ref("Live"), LIVE),
        400: problem("no game's name", "invalid_game"),
        ...REFUSALS,
        ...UNAVAILABLE,
      },
    },
  },
});
