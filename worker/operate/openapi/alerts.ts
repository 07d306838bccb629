import { answers, inPath, problem, REFUSALS, ref } from "./parts.ts";

const INCIDENT = {
  id: "5f0c1c1e-9f5a-4f0c-8b0e-2f4e6a7c8d90",
  game: "awesome_game",
  check: "stuck_queue",
  about: null,
  state: "open",
  detail: "412 events (131,840 bytes) wait, the oldest for 14 minutes",
  since: "2026-11-21T12:15:03.000Z",
  opened_at: "2026-11-21T12:29:03.000Z",
  seen_at: "2026-11-21T12:29:03.000Z",
  recovered_at: null,
  told_at: "2026-11-21T12:29:03.000Z",
  runbook: "docs/operations.md#stuck-queue",
};

const REPORT = {
  day: "2026-11-20",
  events: { received: 71_300, accepted: 71_000, duplicates: 90, rejected: 210 },
  rejected_share: 0.002945,
  top_reasons: [{ code: "invalid_decimal", field: "price", count: 170 }],
  active_players: 1_712,
  purchases: 43,
  revenue: { EUR: "212.57", JPY: "3000" },
  dead_letters: 0,
  latency_p95_ms: 9_000,
  cost_per_million_usd: 0.081_2,
};

const list = (summary: string, description: string, schema: "Incidents" | "Reports", example: unknown) => ({
  get: {
    tags: ["Operate"],
    summary,
    description,
    parameters: inPath("game"),
    responses: {
      200: answers("the latest first", ref(schema), example),
      400: problem("no game's name", "invalid_game"),
      ...REFUSALS,
      503: problem(
        "not now, ask again after Retry-After: they cannot be read, or the settings are wrong",
        "operations_unreachable",
        "registry_unreachable",
        "wrong_settings",
      ),
    },
  },
});

/** What operators are told of. */
export const alertPaths = () => ({
  "/v1/games/{game}/incidents": list(
    "List incidents",
    "Role: read. Those that are open and the last 100 that are over, the collector's own among them.",
    "Incidents",
    { incidents: [INCIDENT] },
  ),
  "/v1/games/{game}/reports": list(
    "List daily reports",
    "Role: read. Those of the last 30 days on which something came.",
    "Reports",
    { reports: [REPORT] },
  ),
});
