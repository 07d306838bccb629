import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { app } from "../app.ts";
import { operationsOf } from "../schedule/operations.ts";
import { forgetAllGames } from "../testing/operations.ts";
import { call, GAME, key } from "../testing/requests.ts";
import { brokenShard, shardStats, statsOf } from "../testing/stats.ts";
import { incidentsSchema } from "./incidents.ts";

const START = Date.parse("2026-11-21T12:09:00.000Z");
const CHECK_MS = 600_000;

beforeEach(forgetAllGames);

const operations = operationsOf(env);

/** A check at which delivery of a game fails, or is fine. */
const check = (game: string, n: number, isBroken: boolean) =>
  operations.checkGames(
    [
      {
        game,
        asked: 1,
        silent: 0,
        stats: statsOf(game, isBroken ? brokenShard() : shardStats()),
        today: null,
      },
    ],
    START + n * CHECK_MS,
  );

const incidentsOf = async (game = GAME) => {
  const response = await call("GET", `/v1/games/${game}/incidents`, { role: "read", game });
  return incidentsSchema.parse(await response.json()).incidents;
};

describe("GET /v1/games/:game/incidents", () => {
  it("lists what is wrong and what was, the latest first", async () => {
    for (const [n, isBroken] of [true, false, false, true].entries()) {
      await operations.told(await check(GAME, n, isBroken), START + n * CHECK_MS);
    }
    const common = {
      id: expect.any(String),
      game: GAME,
      check: "breaker_open",
      about: null,
      detail: "1 of 1 queues cannot deliver: AccessDeniedException",
      runbook: "docs/operations.md#breaker-open",
    };
    expect(await incidentsOf()).toEqual([
      {
        ...common,
        state: "open",
        since: "2026-11-21T12:38:00.000Z",
        opened_at: "2026-11-21T12:39:00.000Z",
        seen_at: "2026-11-21T12:39:00.000Z",
        recovered_at: null,
        told_at: "2026-11-21T12:39:00.000Z",
      },
      {
        ...common,
        state: "recovered",
        since: "2026-11-21T12:08:00.000Z",
        opened_at: "2026-11-21T12:09:00.000Z",
        seen_at: "2026-11-21T12:09:00.000Z",
        recovered_at: "2026-11-21T12:29:00.000Z",
        told_at: "2026-11-21T12:09:00.000Z",
      },
    ]);
  });

  it("shows a game the collector's own, which concern all, and none of other games", async () => {
    await check("another_game", 0, true);
    const stats = statsOf("_collector", brokenShard());
    await operations.checkCollector(
      { game: "_collector", asked: 1, silent: 0, stats, today: null, rates: null },
      START,
    );
    expect((await incidentsOf()).map(({ game, check }) => [game, check])).toEqual([[null, "breaker_open"]]);
    expect((await incidentsOf("another_game")).map(({ game }) => game)).toEqual(["another_game", null]);
  });
});

describe.each(["incidents", "reports"])("%s", (what) => {
  it.each([
    ["read", 200],
    ["admin", 200],
    ["write", 403],
    ["server", 403],
  ] as const)("asked for with a key of role %s answer %i", async (role, status) => {
    expect((await call("GET", `/v1/games/${GAME}/${what}`, { role })).status).toBe(status);
  });

  it("of another game are closed", async () => {
    expect((await call("GET", `/v1/games/other_game/${what}`, { role: "read" })).status).toBe(403);
  });

  it("that cannot be read are asked for again", async () => {
    const failing = () => Promise.reject(new Error("down"));
    const OPERATIONS = { getByName: () => ({ incidentsOf: failing, reportsOf: failing }) };
    const headers = { Authorization: `Bearer ${await key("read")}` };
    const response = await app.request(`/v1/games/${GAME}/${what}`, { headers }, { ...env, OPERATIONS });
    const { code } = (await response.json()) as { code: string };
    expect([response.status, response.headers.get("Retry-After"), code]).toEqual([
      503,
      "5",
      "operations_unreachable",
    ]);
  });
});
