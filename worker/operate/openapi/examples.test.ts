import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterAll, describe, expect, it } from "vitest";
import { app } from "../../app.ts";
import type { Role } from "../../auth/keys.ts";
import { queueFor, queueNamed } from "../../queue/shards.ts";
import { checkGames } from "../../schedule/alerts/check-games.ts";
import { DAY_MS } from "../../schedule/alerts/thresholds.ts";
import { bringReports } from "../../schedule/reports/bring.ts";
import { firehose, settle } from "../../testing/queue.ts";
import { anEvent, aPurchase, key } from "../../testing/requests.ts";
import { SCHEMAS } from "./parts.ts";

interface Media {
  schema: { $ref?: string };
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
type Content = Record<string, Media>;

interface Operation {
  description?: string;
  security?: unknown[];
  parameters?: { name: string; in: "path" | "query"; example?: unknown }[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
}

/** A request as the description shows it, and the answer that it shows to it. */
interface Exchange {
  name: string;
  operation: string;
  body?: unknown;
  status: number;
  mediaType: string;
  schema: string | undefined;
  answer: unknown;
}

const description = await (await exports.default.fetch("https://collector.test/openapi.json")).json<{
  paths: Record<string, Record<string, Operation>>;
}>();

const operations = new Map(
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
  ),
);

const named = (media: Media | undefined) => Object.entries(media?.examples ?? {});

/** Each request with the answer that has its name, else with the one of the first success. */
function exchangesOf(operation: string, { requestBody, responses }: Operation): Exchange[] {
  const answers = Object.entries(responses).flatMap(([status, { content = {} }]) =>
    Object.entries(content).flatMap(([mediaType, media]) => {
      const shown = { status: Number(status), mediaType, schema: media.schema.$ref?.split("/").at(-1) };
      const alone = "example" in media ? [{ ...shown, to: "", answer: media.example }] : [];
      return [...alone, ...named(media).map(([to, { value }]) => ({ ...shown, to, answer: value }))];
    }),
  );
  const requests = named(requestBody?.content["application/json"]);
  const all = requests.map(([name, { value }]) => ({ name, body: value }));
  const wanted = requestBody?.required ? all : [{ name: "", body: undefined }, ...all];
  return wanted.flatMap(({ name, body }) => {
    const answer =
      answers.find(({ to }) => to !== "" && to === name) ?? answers.find(({ status }) => status < 300);
    return answer === undefined ? [] : [{ operation, ...answer, name: `${operation} ${name}`, body }];
  });
}

const exchanges = [...operations].flatMap(([name, operation]) => exchangesOf(name, operation));

let games = 0;

const HIGH_SCORE = {
  value: "max(progression.score)",
  where: { status: "complete" },
  period: "week",
  players_may_read: true,
};

/** Calls the Worker as `role`, or without a key, where this game has a leaderboard. */
async function ask(game: string, role: Role | undefined, method: string, path: string, body?: unknown) {
  const headers = {
    ...(role && { Authorization: `Bearer ${await key(role, game)}` }),
    ...(body !== undefined && { "Content-Type": "application/json" }),
  };
  const settings = { ...env, LEADERBOARDS: JSON.stringify({ [game]: { high_score: HIGH_SCORE } }) };
  return app.request(
    path,
    { method, headers, body: JSON.stringify(body) },
    settings,
    createExecutionContext(),
  );
}

/** A game of its own, with all that there can be to be shown: an event of it is a dead letter, a key minted, a player erased. */
async function aGameWithAPast() {
  const game = `awesome_game_${++games}`;
  const send = (...events: unknown[]) => ask(game, "write", "POST", "/v1/events", events);
  const custom = { name: "boss_defeated", mood: "happy" };
  const user = { user_id: "user_to_forget" };
  const won = { event_type: "progression", name: undefined, status: "complete", level: "1", score: 4_990 };
  await send(aPurchase({ currency: "EUR" }), aPurchase({ currency: "JPY", price: "480" }), anEvent(won));
  await send(anEvent({ ...custom, platform: "amiga" }), aPurchase({ price: "4,99" }));
  await checkGames(env);
  await firehose.fault("refuse_record", 1, "poison");
  await send(anEvent({ name: "poison", event_id: undefined }));
  await settle(queueNamed(env, queueFor(game)));
  await firehose.fault("none");
  await send(anEvent({ ...custom, ...user }));
  const order = { role: "write", name: "ios 1.4" };
  const minted = await ask(game, "admin", "POST", `/v1/games/${game}/keys`, order);
  const { id } = await minted.json<{ id: string }>();
  await ask(game, "admin", "DELETE", `/v1/games/${game}/users/${user.user_id}`);
  await checkGames(env);
  await bringReports(env, Date.now() + DAY_MS);
  return { game, id };
}

/** The path and query as they are shown, but of the game and the key that there are. */
function addressOf(operation: string, past: { game: string; id: string }): string {
  const shown = operations.get(operation)?.parameters ?? [];
  const values = shown.flatMap(({ name, example, ...parameter }) =>
    example === undefined ? [] : [{ name, in: parameter.in, value: String(example) }],
  );
  const there = new Map(Object.entries(past));
  const path = (operation.split(" ")[1] ?? "").replace(
    /\{(\w+)\}/g,
    (_, name) => there.get(name) ?? values.find((value) => value.name === name)?.value ?? "",
  );
  const query = values.filter((value) => value.in === "query").map(({ name, value }) => [name, value]);
  return query.length === 0 ? path : `${path}?${new URLSearchParams(query)}`;
}

/** The role that the operation says it takes; none where anyone may ask. */
function roleOf(operation: string): Role | undefined {
  const { security, description = "" } = operations.get(operation) ?? {};
  if (security?.length === 0) return undefined;
  const role = /^Role: (\w+)\./.exec(description)?.[1];
  return role as Role;
}

/** Where an answer is not like its example: other names, other types. Of a list each shown item must be like one that came. */
function differenceOf(answer: unknown, example: unknown, where = "the answer"): string | undefined {
  if (answer === null || example === null) return undefined; // the schema says where that may be
  if (Array.isArray(example)) {
    if (!Array.isArray(answer)) return `${where} is no list`;
    return firstOf(example, (item, index) => {
      const differences = answer.map((one) => differenceOf(one, item, `${where}[${index}]`));
      return differences.length > 0 && differences.every((one) => one !== undefined)
        ? differences[0]
        : differences.length === 0
          ? `${where} is empty`
          : undefined;
    });
  }
  if (typeof answer !== typeof example) return `${where} is of type ${typeof answer}`;
  if (typeof example !== "object") return undefined;
  const [came, shown] = [new Map(Object.entries(answer as object)), Object.entries(example)];
  const names = [[...came.keys()], shown.map(([name]) => name)].map((list) => list.toSorted().join(", "));
  if (names[0] !== names[1]) return `${where} has ${names[0]}; the example has ${names[1]}`;
  return firstOf(shown, ([name, value]) => differenceOf(came.get(name), value, `${where}.${name}`));
}

function firstOf<T>(items: readonly T[], differenceOf: (item: T, index: number) => string | undefined) {
  return items.map(differenceOf).find((difference) => difference !== undefined);
}

afterAll(() => firehose.fault("none"));

describe("what /docs shows", () => {
  it("has an answer for every operation, but for those whose answer is no text, and this description", () => {
    const shown = new Set(exchanges.map(({ operation }) => operation));
    expect([...operations.keys()].filter((operation) => !shown.has(operation))).toEqual([
      "GET /v1/games/{game}/tail",
      "GET /openapi.json",
    ]);
  });

  it.each(exchanges)("is what comes: $name", async ({ operation, body, status, mediaType, ...shown }) => {
    const past = await aGameWithAPast();
    const [method = ""] = operation.split(" ");
    const response = await ask(past.game, roleOf(operation), method, addressOf(operation, past), body);
    const text = await response.text();
    expect([text, response.status]).toEqual([text, status]);
    expect(response.headers.get("Content-Type")).toContain(mediaType);
    if (mediaType === "text/plain") {
      const series = String(shown.answer).replace(/ \d+$/gm, " ").replaceAll("awesome_game", past.game);
      for (const line of series.trimEnd().split("\n")) expect(text).toContain(line);
      return;
    }
    const answer: unknown = JSON.parse(text);
    expect(SCHEMAS[shown.schema as keyof typeof SCHEMAS].safeParse(answer).error).toBe(undefined);
    expect(differenceOf(answer, shown.answer)).toBe(undefined);
  });

  const closed = [...operations.keys()].filter((operation) => roleOf(operation) !== undefined);

  it.each(closed)("without a key is what comes, too: %s", async (operation) => {
    const media = operations.get(operation)?.responses[401]?.content?.["application/problem+json"];
    const past = { game: "awesome_game", id: "some-id" };
    const [method = ""] = operation.split(" ");
    const response = await ask(past.game, undefined, method, addressOf(operation, past));
    const answer = await response.json<{ request_id: string }>();
    const { request_id } = answer;
    expect([response.status, answer]).toEqual([401, { ...(media?.example as object), request_id }]);
  });
});
