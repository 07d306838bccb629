import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../app.ts";
import { COLLECTOR_QUEUE, queueFor, queueNamed } from "../queue/shards.ts";
import { NO_TOTALS } from "../queue/stats.ts";
import { anEvent, callWith, key, withQueuesDown } from "../testing/requests.ts";
import { costPerMillion } from "./cost.ts";
import { gamesSchema } from "./games.ts";

const newName = () => `game-${crypto.randomUUID()}`;

const send = async (game: string, ...events: unknown[]) =>
  (await callWith(await key("write", game), "POST", "/v1/events", events)).status;

const gamesWith = async (readKey: string) => {
  const response = await callWith(readKey, "GET", "/v1/games");
  expect(response.status).toBe(200);
  return gamesSchema.parse(await response.json()).games;
};

describe("GET /v1/games", () => {
  it("shows a game in short: what waits, what came, how fast, at what cost", async () => {
    const game = newName();
    await send(game, anEvent(), anEvent(), {});
    await callWith(await key("admin", game), "POST", `/v1/games/${game}/queue/flush`);
    await send(game, anEvent());
    const stats = await queueNamed(env, queueFor(game)).stats();
    const [shown, ...others] = await gamesWith(await key("read", game));
    expect(others).toEqual([]);
    expect(shown).toEqual({
      game,
      depth: { ...stats.depth, oldest_age_ms: expect.any(Number) },
      delivery: { state: "closed" },
      dead_letters: { events: 0, bytes: 0 },
      totals: stats.totals,
      rate: { in_per_min: 3, out_per_min: 2 },
      cost_per_million: costPerMillion(stats.totals),
      shards: 1,
      silent: [],
    });
    expect(stats.totals).toMatchObject({ accepted: 3, delivered: 2, rejected: 1 });
  });

  it("with a key of one game shows that game only, with one for all every game, the collector's own queue never", async () => {
    const [one, other, silent] = [newName(), newName(), newName()];
    await send(one, anEvent());
    await send(other, anEvent());
    await queueNamed(env, COLLECTOR_QUEUE).notify([new TextEncoder().encode("{}\n")]);
    const names = async (role: "read" | "admin", game: string) =>
      (await gamesWith(await key(role, game))).map(({ game }) => game);
    expect(await names("read", one)).toEqual([one]);
    expect(await names("admin", other)).toEqual([other]);
    expect(await names("read", silent)).toEqual([]);
    const all = await names("read", "*");
    expect(all).toEqual(expect.arrayContaining([one, other]));
    expect(all.filter((name) => name.startsWith("_"))).toEqual([]);
  });

  it("names the queue that does not answer, and shows all others", async () => {
    const game = newName();
    await send(game, anEvent());
    await queueNamed(env, `${game}/weur/0`).admits([]);
    const headers = { Authorization: `Bearer ${await key("read", game)}` };
    const down = queueFor(game);
    const response = await app.request(
      "/v1/games",
      { headers },
      withQueuesDown((name) => name === down),
    );
    const { games } = gamesSchema.parse(await response.json());
    expect(games).toMatchObject([{ game, shards: 2, silent: [down], totals: { accepted: 0 } }]);
  });

  it.each(["write", "server"] as const)("is closed to a %s key", async (role) => {
    expect((await callWith(await key(role), "GET", "/v1/games")).status).toBe(403);
  });
});

describe("the cost of a million events", () => {
  it("is what Firehose bills and what rows cost, at list prices", () => {
    const totals = {
      ...NO_TOTALS,
      accepted: 2_000_000,
      firehose_billed_bytes: 2 ** 30,
      rows_written: 24_000,
    };
    expect(costPerMillion(totals)).toEqual({
      usd: 0.0265,
      firehose_usd: 0.0145,
      rows_usd: 0.012,
      basis: "list prices, totals so far",
    });
  });

  it("is nothing before the first event", () => {
    expect(costPerMillion({ ...NO_TOTALS, rows_written: 3 }).usd).toBe(0);
  });
});
