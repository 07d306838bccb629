import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import type * as z from "zod";
import { erasureLine } from "../events/erasure.ts";
import { exchangeRateLines } from "../events/exchange-rate.ts";
import { COLLECTOR_QUEUE, queueNamed } from "../queue/shards.ts";
import { firehose, settle } from "../testing/queue.ts";
import { anEvent, call, post } from "../testing/requests.ts";
import { deadLetterPageSchema } from "./dead-letters.ts";

type Page = z.infer<typeof deadLetterPageSchema>;

let games = 0;

/** A game with dead letters, the oldest first: an event of each of these values. */
async function gameWithLetters(values: number[], continents = ["NA"]): Promise<string> {
  const game = `letters_${++games}`;
  await firehose.fault("refuse_record", 1, "poison");
  for (const continent of continents) {
    const cf = { continent } as IncomingRequestCfProperties;
    await post(
      values.map((value) => anEvent({ value, name: "poison" })),
      { game, cf },
    );
    await post(anEvent({ name: "fine" }), { game, cf });
  }
  const queues = continents.map((continent) => (continent === "NA" ? "enam" : "weur"));
  for (const region of queues) await settle(queueNamed(env, `${game}/${region}/0`));
  return game;
}

const list = async (game: string, query = ""): Promise<Page> => {
  const response = await call("GET", `/v1/games/${game}/dead-letters${query}`, { game, role: "read" });
  expect(response.status).toBe(200);
  return deadLetterPageSchema.parse(await response.json());
};

const valuesOf = ({ dead_letters }: Page) =>
  dead_letters.map(({ line }) => (line as { value: number }).value);

const replay = async (game: string, order?: object): Promise<unknown> => {
  const init = order && { body: JSON.stringify(order), headers: { "Content-Type": "application/json" } };
  const response = await call("POST", `/v1/games/${game}/dead-letters/replay`, {
    game,
    role: "admin",
    ...init,
  });
  return response.json();
};

const purge = (game: string, query: string) =>
  call("DELETE", `/v1/games/${game}/dead-letters${query}`, { game, role: "admin" });

const statsOf = async (game: string) => {
  const response = await call("GET", `/v1/games/${game}/queue`, { game, role: "read" });
  return (await response.json()) as { dead_letters: { events: number }; totals: Record<string, number> };
};

afterEach(() => firehose.fault("none"));

describe("dead letters", () => {
  it("are shown with their reason and what was to be delivered, in the order in which they came", async () => {
    const game = await gameWithLetters([1, 2, 3]);
    const page = await list(game);
    expect([valuesOf(page), page.next]).toEqual([[1, 2, 3], null]);
    expect(page.dead_letters[0]).toMatchObject({
      shard: `${game}/enam/0`,
      code: "InternalFailure",
      message: "The record cannot be processed.",
      history: [],
      line: { record_type: "event", game_id: game, name: "poison" },
    });
    expect(page.dead_letters[0]?.attempts).toBeGreaterThanOrEqual(3);
  });

  it("are shown page by page, over all queues of the game, each once", async () => {
    const game = await gameWithLetters([1, 2, 3], ["NA", "EU"]);
    const seen: number[] = [];
    let next: string | null = null;
    do {
      const page: Page = await list(game, `?limit=2${next === null ? "" : `&after=${next}`}`);
      expect(page.dead_letters.length).toBeLessThanOrEqual(2);
      seen.push(...valuesOf(page));
      next = page.next;
    } while (next !== null);
    expect(seen).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it("that are replayed are delivered, as they were", async () => {
    const game = await gameWithLetters([1, 2, 3]);
    await firehose.fault("none");
    expect(await replay(game)).toEqual({ replayed: 3 });
    await settle(queueNamed(env, `${game}/enam/0`));
    expect(await statsOf(game)).toMatchObject({
      depth: { events: 0 },
      dead_letters: { events: 0 },
      totals: { accepted: 4, delivered: 4, dead_lettered: 3 },
    });
  });

  it("that fail again come back with their history, in their order", async () => {
    const game = await gameWithLetters([1, 2, 3]);
    const first = await list(game);
    expect(await replay(game)).toEqual({ replayed: 3 });
    // Others must be taken before anybody is found guilty.
    await post(anEvent({ name: "fine" }), { game });
    await settle(queueNamed(env, `${game}/enam/0`));
    const second = await list(game);
    expect(valuesOf(second)).toEqual([1, 2, 3]);
    const burials = first.dead_letters.map(({ at, code, message, attempts }) => [
      { at, code, message, attempts },
    ]);
    expect(second.dead_letters.map(({ history }) => history)).toEqual(burials);
    expect(second.dead_letters.map(({ line }) => line)).toEqual(first.dead_letters.map(({ line }) => line));
  });

  it("are replayed, all of them, by a body of no bytes as by none, and by none that says not what it is", async () => {
    const game = await gameWithLetters([1, 2]);
    const path = `/v1/games/${game}/dead-letters/replay`;
    const send = (text: string) =>
      call("POST", path, { game, role: "admin", body: new TextEncoder().encode(text) });
    expect((await send("{}")).status).toBe(415);
    expect(await (await send("")).json()).toEqual({ replayed: 2 });
  });

  it("are replayed by id, or by code", async () => {
    const game = await gameWithLetters([1, 2, 3]);
    const [, second] = (await list(game)).dead_letters;
    expect(await replay(game, { code: "Other" })).toEqual({ replayed: 0 });
    expect(await replay(game, { ids: [second?.id] })).toEqual({ replayed: 1 });
    expect(valuesOf(await list(game))).toEqual([1, 3]);
    expect(await replay(game, { code: "InternalFailure" })).toEqual({ replayed: 2 });
  });

  it("of the collector itself are shown and replayed as a game's are, by whoever has a key for all games", async () => {
    const queue = queueNamed(env, COLLECTOR_QUEUE);
    await firehose.fault("refuse_record", 1, "poison");
    const rate = { usd_per_unit: "1.054300000000", valid_from: "2026-11-20T00:00:00.000Z" };
    for (const source of ["poison", "ecb"]) {
      const [line] = exchangeRateLines([{ ...rate, currency: "EUR", source }], Date.now(), "request");
      if (line !== undefined) await queue.notify([line]);
    }
    await settle(queue);
    const path = "/v1/games/_collector/dead-letters";
    const listed = await call("GET", path, { game: "*", role: "read" });
    expect(deadLetterPageSchema.parse(await listed.json()).dead_letters).toMatchObject([
      { shard: COLLECTOR_QUEUE, line: { currency: "EUR", source: "poison" } },
    ]);
    expect((await call("GET", path, { game: "awesome_game", role: "admin" })).status).toBe(403);
    await firehose.fault("none");
    const replayed = await call("POST", `${path}/replay`, { game: "*", role: "admin" });
    expect(await replayed.json()).toEqual({ replayed: 0 }); // counts events, and a rate is none
    expect(await (await call("GET", path, { game: "*", role: "read" })).json()).toMatchObject({
      dead_letters: [],
    });
    const audit = await call("GET", "/v1/games/_collector/audit", { game: "*", role: "admin" });
    expect(await audit.json()).toMatchObject({ entries: [{ action: "replay", detail: { events: 0 } }] });
  });

  it("are purged only by whoever knows how many they are", async () => {
    const game = await gameWithLetters([1, 2, 3]);
    const wrong = await purge(game, "?confirm=2");
    expect([wrong.status, await wrong.json()]).toMatchObject([
      409,
      { code: "count_differs", detail: expect.stringContaining("?confirm=3") },
    ]);
    expect((await purge(game, "")).status).toBe(400);
    expect(await (await purge(game, "?confirm=0&code=Other")).json()).toEqual({ purged: 0 });
    expect(await (await purge(game, "?confirm=3")).json()).toEqual({ purged: 3 });
    expect(await statsOf(game)).toMatchObject({
      dead_letters: { events: 0, bytes: 0 },
      totals: { accepted: 4, delivered: 1, purged: 3 },
    });
  });

  it("that are erasures outlive a purge, so that the warehouse hears of them yet", async () => {
    const game = await gameWithLetters([1]);
    const queue = queueNamed(env, `${game}/enam/0`);
    const notice = { game_id: game, erasure_id: "e", requested_at: "2026-11-21T12:00:00.000Z" };
    await firehose.fault("refuse_record", 1, "poison");
    for (const user_id of ["poison", "fine"])
      await queue.notify([erasureLine({ ...notice, user_id }, Date.now(), "request")]);
    await settle(queue);
    await firehose.fault("none");
    expect(await (await purge(game, "?confirm=1")).json()).toEqual({ purged: 1 });
    expect((await list(game)).dead_letters).toMatchObject([
      { line: { record_type: "erasure", erasure_id: "e" } },
    ]);
  });

  it.each([
    ["GET", "?limit=0"],
    ["GET", "?after=none"],
    ["GET", "?unknown=1"],
    ["DELETE", "?confirm=many"],
  ])("%s %s is refused, naming the field", async (method, query) => {
    const response = await call(method, `/v1/games/any/dead-letters${query}`, { game: "any", role: "admin" });
    expect([response.status, await response.json()]).toMatchObject([400, { code: "invalid_query" }]);
  });

  it.each([
    ["GET", "", "write", 403],
    ["POST", "/replay", "read", 403],
    ["DELETE", "?confirm=0", "read", 403],
    ["GET", "", "admin", 200],
  ] as const)("%s …%s with a key of role %s answers %i", async (method, path, role, status) => {
    expect((await call(method, `/v1/games/any/dead-letters${path}`, { game: "any", role })).status).toBe(
      status,
    );
  });
});
