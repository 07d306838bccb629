import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { decode } from "hono/jwt";
import { describe, expect, it } from "vitest";
import type { IngestAnswer } from "../../sdk/events.ts";
import { app } from "../app.ts";
import { registryOf } from "../queue/registry.ts";
import { shardOf } from "../queue/shards.ts";
import type { QueueStats } from "../queue/stats.ts";
import { anEvent, aPurchase, call, callWith, GAME, key, post, withQueuesDown } from "../testing/requests.ts";
import { answerSchema } from "./answer.ts";
import { REJECTIONS_PER_REQUEST_MAX } from "./rejection.ts";

const answerOf = async (response: Response) => (await response.json()) as IngestAnswer;

const totalsOf = async (game: string) => {
  const response = await call("GET", `/v1/games/${game}/queue`, { role: "read", game });
  return ((await response.json()) as QueueStats).totals;
};

/** The lines that wait in a queue, as they will be delivered. */
const textsIn = (queue: string) =>
  runInDurableObject(env.GAME_QUEUE.getByName(queue), (_, { storage }) =>
    storage.sql
      .exec<{ lines: ArrayBuffer }>("SELECT lines FROM outbox ORDER BY seq")
      .toArray()
      .flatMap(({ lines }) => new TextDecoder().decode(lines).trimEnd().split("\n")),
  );

const linesIn = async (queue: string) =>
  (await textsIn(queue)).map((text) => JSON.parse(text) as Record<string, unknown>);

async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const postRaw = (body: BodyInit, headers: Record<string, string> = {}, query = "") =>
  call("POST", `/v1/events${query}`, { body, headers: { "Content-Type": "application/json", ...headers } });

/** JSON that nests so deep, in fields that JSON.stringify reads by recursion. */
const nested = (depth: number) => `${'{"0":'.repeat(depth)}1${"}".repeat(depth)}`;

const problemOf = async (response: Response) => {
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  const { status, code, detail, request_id } = (await response.json()) as Record<string, unknown>;
  expect(request_id).toBe(response.headers.get("X-Request-Id"));
  expect(status).toBe(response.status);
  return { status, code, detail };
};

describe("POST /v1/events", () => {
  it("takes one event, an array or an envelope", async () => {
    for (const body of [
      anEvent(),
      [anEvent(), aPurchase()],
      { events: [anEvent()], sent_at: new Date().toISOString() },
    ]) {
      const response = await post(body);
      const { accepted, results } = await answerOf(response);
      const events = Array.isArray(body) ? body.length : 1;
      expect([response.status, accepted, results]).toEqual([202, events, []]);
    }
  });

  it("takes what the Python prototype sent", async () => {
    const common = {
      user_id: "user_12345",
      game_id: GAME,
      platform: "ios",
      app_version: "1.2.0",
      session_id: "session_abc123",
    };
    const install = { event_type: "install", ...common, source: "organic", country: "US" };
    const product = {
      product_id: "coin_pack_1000",
      product_name: "1000 Gold Coins",
      price: 4.99,
      currency: "USD",
      store: "app_store",
    };
    const purchase = { event_type: "purchase", ...common, ...product };
    expect([(await post(install)).status, (await post(purchase)).status]).toEqual([202, 202]);
  });

  it("lets 499 of 500 events land where ten kinds of wrong stand among them", async () => {
    const wrong = [
      7,
      null,
      [],
      {},
      anEvent({ event_type: "nothing" }),
      anEvent({ event_id: "no uuid" }),
      anEvent({ user_id: "" }),
      anEvent({ timestamp: "yesterday" }),
      aPurchase({ price: "1,99" }),
      anEvent({ properties: { deep: { er: 1 } } }),
    ];
    for (const bad of wrong) {
      const events: unknown[] = Array.from({ length: 500 }, () => anEvent());
      events[250] = bad;
      const response = await post(events);
      const { accepted, rejected, results } = await answerOf(response);
      expect([response.status, accepted, rejected]).toEqual([202, 499, 1]);
      expect(results).toEqual([expect.objectContaining({ index: 250, status: "rejected" })]);
    }
  });

  it("takes SQL, markup and the names of JavaScript's own for the text that they are", async () => {
    const game = "text_game";
    const texts = [
      "'); DROP TABLE outbox; --",
      "\"; DELETE FROM refused WHERE '1'='1",
      "<script>alert(1)</script>",
      "a\r\nX-Injected: yes",
      "constructor",
      "__proto__",
    ];
    const events = texts.map((text) =>
      anEvent({ user_id: text, session_id: text, properties: { note: text } }),
    );
    const { accepted } = await answerOf(await post(events, { game }));
    const lines = await linesIn(`${game}/enam/0`);
    expect(accepted).toBe(texts.length);
    expect(lines.map(({ user_id, properties }) => [user_id, properties])).toEqual(
      texts.map((text) => [text, { note: text }]),
    );
  });

  it("writes no line with half a surrogate pair, which nobody could read, nor with a name twice", async () => {
    const game = "half_game";
    const long = `${"x".repeat(127)}😀`; // is cut where a finding repeats it
    await post([anEvent({ user_id: "ada\ud800", "\ud800": 1, "\udfff": 2 }), { [long]: 1 }], { game });
    const texts = await textsIn(`${game}/enam/0`);
    expect(texts.filter((text) => text.includes("\\ud"))).toEqual([]);
    // A name that was there twice would be once in what is read and written again.
    expect(texts.map((text) => JSON.stringify(JSON.parse(text)))).toEqual(texts);
    expect(JSON.parse(texts[0] ?? "")).toMatchObject({ user_id: "ada\ufffd", "\ufffd": 2 });
  });

  it("lets no event change what all objects inherit", async () => {
    const event = JSON.stringify(anEvent());
    const polluting = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}';
    for (const body of [
      event.replace("{", `{${polluting},`),
      event.replace("{", `{"properties":{${polluting}},`),
      `{"events":[${event}],${polluting}}`,
      `{"events":[${event}],"defaults":{${polluting}},"dropped":{"__proto__":1}}`,
    ]) {
      expect((await postRaw(body)).status).toBeLessThan(500);
      expect("polluted" in {}).toBe(false);
    }
  });

  it("lets events land beside one that nests without end, whatever its fields are called", async () => {
    for (const deep of [nested(20_000), "[".repeat(40_000) + "]".repeat(40_000)]) {
      const response = await postRaw(`[${JSON.stringify(anEvent())},${deep},{"a":${deep}}]`);
      const { accepted, results } = await answerOf(response);
      expect([response.status, accepted, results.map(({ index, status }) => [index, status])]).toEqual([
        202,
        1,
        [
          [1, "rejected"],
          [2, "rejected"],
        ],
      ]);
    }
  });

  it("answers each event that is not plainly accepted, in the order sent", async () => {
    const known = anEvent();
    await post(known);
    const unknownPlatform = anEvent({ platform: "toaster" });
    const wrong = aPurchase({ price: "?" });
    const response = await post([anEvent(), known, wrong, unknownPlatform, known]);
    expect(await answerOf(response)).toEqual({
      request_id: response.headers.get("X-Request-Id"),
      received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      accepted: 2,
      duplicates: 2,
      rejected: 1,
      retry: 0,
      results: [
        { index: 1, event_id: known.event_id, status: "duplicate" },
        {
          index: 2,
          event_id: wrong.event_id,
          status: "rejected",
          errors: [expect.objectContaining({ code: "invalid_decimal" })],
        },
        {
          index: 3,
          event_id: unknownPlatform.event_id,
          status: "accepted",
          warnings: [expect.objectContaining({ code: "unknown_value" })],
        },
        { index: 4, event_id: known.event_id, status: "duplicate" },
      ],
    });
  });

  it("knows a retry by its id, in any case, and by its content where it has none", async () => {
    const event = anEvent();
    await post(event);
    const upper = await answerOf(await post({ ...event, event_id: String(event.event_id).toUpperCase() }));
    expect(upper.duplicates).toBe(1);

    const nameless = anEvent({ event_id: undefined, user_id: "nameless" });
    await post(nameless);
    const { duplicates, results } = await answerOf(await post(nameless));
    expect([duplicates, results[0]?.event_id]).toEqual([1, expect.stringMatching(/^.{14}8/)]);
  });

  it("answers 422 where every event is rejected, and counts them", async () => {
    const game = "rejecting_game";
    const response = await post([{}, {}], { game });
    expect([response.status, (await answerOf(response)).rejected]).toEqual([422, 2]);
    expect(await totalsOf(game)).toMatchObject({ received: 2, accepted: 0, rejected: 2 });
  });

  it("expands the SDK's compact envelope", async () => {
    const envelope = {
      sent_at: new Date().toISOString(),
      id_seed: "01890a5d-ac96-774b-bcce-b302099a8057",
      defaults: {
        user_id: "u",
        session_id: "s",
        platform: "web",
        app_version: "1",
        timestamp: new Date(Date.now() - 9_000).toISOString(),
      },
      events: [
        { event_type: "custom", name: "a", seq: 1, offset_ms: 0 },
        { event_type: "custom", name: "b", seq: 2, offset_ms: 20 },
        { event_type: "custom", seq: 3, offset_ms: 40 },
      ],
    };
    const { accepted, results } = await answerOf(await post(envelope));
    expect(accepted).toBe(2);
    expect(results).toMatchObject([
      { index: 2, event_id: "01890a5d-ac96-874b-bcce-000000000003", status: "rejected" },
    ]);
    expect((await answerOf(await post(envelope))).duplicates).toBe(2);
  });

  it("counts what the client dropped, once", async () => {
    const game = "dropping_game";
    const envelope = { dropped: { queue_full: 3, too_large: 1 }, events: [anEvent()] };
    expect(await answerOf(await post(envelope, { game }))).not.toHaveProperty("dropped_counted");
    expect(await answerOf(await post(envelope, { game }))).not.toHaveProperty("dropped_counted");
    expect((await totalsOf(game)).client_dropped).toBe(4);
  });

  it("takes what the client dropped to the warehouse on the first accepted event, once", async () => {
    const game = "telling_game";
    const events = [{}, anEvent(), anEvent(), aPurchase()];
    const envelope = { dropped: { queue_full: 3, "too\ud800large": 1, refused: 0 }, events };
    for (let i = 0; i < 2; i++) await post(envelope, { game });
    const accepted = (await linesIn(`${game}/enam/0`)).filter(({ record_type }) => record_type === "event");
    expect(accepted.map(({ event_id, client_dropped }) => [event_id, client_dropped])).toEqual([
      [events[1]?.event_id, { queue_full: 3, "too\ufffdlarge": 1, refused: 0 }],
      [events[2]?.event_id, undefined],
      [events[3]?.event_id, undefined],
    ]);
    expect((await totalsOf(game)).client_dropped).toBe(4);
  });

  it("says nothing on a line of a client that dropped nothing", async () => {
    const game = "careful_game";
    for (const dropped of [{}, { queue_full: 0 }]) await post({ dropped, events: [anEvent()] }, { game });
    for (const line of await linesIn(`${game}/enam/0`)) expect(line).not.toHaveProperty("client_dropped");
  });

  it("keeps to itself what a client says that only the collector may: an event cannot claim drops", async () => {
    const game = "claiming_game";
    const answer = await answerOf(await post(anEvent({ client_dropped: { queue_full: 9 } }), { game }));
    expect(answer.results).toMatchObject([
      { warnings: [{ path: "client_dropped", code: "reserved_field" }] },
    ]);
    expect(await linesIn(`${game}/enam/0`)).toEqual([
      expect.not.objectContaining({ client_dropped: expect.anything() }),
    ]);
  });

  it("does not count what the client dropped where no event is accepted that could tell it", async () => {
    const game = "hopeless_game";
    const answer = await answerOf(await post({ dropped: { queue_full: 3 }, events: [{}] }, { game }));
    expect(answer).toMatchObject({ rejected: 1, dropped_counted: false });
    expect((await totalsOf(game)).client_dropped).toBe(0);
  });

  it("takes at most 32 reasons, since one line has them all", async () => {
    const reasons = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`reason_${n}`, 1]));
    const send = (count: number) => post({ dropped: reasons(count), events: [anEvent()] });
    expect((await send(32)).status).toBe(202);
    expect(await problemOf(await send(33))).toMatchObject({
      status: 400,
      code: "invalid_envelope",
      detail: "dropped: may have 32 reasons",
    });
  });

  it("says that it did not count what the client dropped where no event names a game that could", async () => {
    const answer = await answerOf(await post({ dropped: { queue_full: 3 }, events: [{}] }, { game: "*" }));
    expect(answer).toMatchObject({ rejected: 1, dropped_counted: false });
    expect(answerSchema.parse(answer)).toEqual(answer);
    expect(await answerOf(await post({ dropped: {}, events: [{}] }, { game: "*" }))).not.toHaveProperty(
      "dropped_counted",
    );
  });

  it("splits a batch of a key for all games among their queues", async () => {
    const events = [
      anEvent({ game_id: "game_a" }),
      anEvent({ game_id: "game_b" }),
      anEvent(),
      anEvent({ game_id: "game_a" }),
    ];
    const { accepted, rejected } = await answerOf(await post(events, { game: "*" }));
    expect([accepted, rejected]).toEqual([3, 1]);
    expect([(await totalsOf("game_a")).accepted, (await totalsOf("game_b")).accepted]).toEqual([2, 1]);
  });
});

describe("a body", () => {
  it("may be gzip, by header or by its first bytes", async () => {
    const body = await gzip(JSON.stringify(anEvent()));
    expect((await postRaw(body, { "Content-Encoding": "gzip" })).status).toBe(202);
    const again = await gzip(JSON.stringify(anEvent()));
    expect((await postRaw(again, { "Content-Type": "text/plain;charset=UTF-8" })).status).toBe(202);
  });

  it("may come without a length", async () => {
    const stream = new Blob([JSON.stringify(anEvent())]).stream();
    expect((await postRaw(stream)).status).toBe(202);
  });

  it.each<[string, () => Promise<Response>, number, string]>([
    ["that is no JSON", () => postRaw("{"), 400, "invalid_json"],
    ["that is empty", () => postRaw(""), 400, "invalid_json"],
    ["that is a number", () => postRaw("1"), 400, "invalid_body"],
    ["without events", () => postRaw("[]"), 400, "no_events"],
    ["with too many events", () => post(Array.from({ length: 501 }, () => 1)), 413, "too_many_events"],
    [
      "with defaults that would swell every event",
      () => post({ events: [{}], defaults: { note: "x".repeat(20_000) } }),
      413,
      "defaults_too_large",
    ],
    [
      "that is small, but would be large in a queue",
      () => {
        const note = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`p${n}`, "界".repeat(1_000)]));
        const events = Array.from({ length: 500 }, () => anEvent());
        return post({ events, defaults: { properties: note } });
      },
      413,
      "lines_too_large",
    ],
    [
      "with defaults that nest without end",
      () => postRaw(`{"events":[{}],"defaults":{"a":${nested(20_000)}}}`),
      400,
      "invalid_envelope",
    ],
    ["with a broken envelope", () => post({ events: [{}], sent_at: "now" }), 400, "invalid_envelope"],
    ["that is not UTF-8", () => postRaw(new Uint8Array([0x22, 0xff, 0x22])), 400, "invalid_utf8"],
    [
      "of a form",
      () => postRaw("a=1", { "Content-Type": "application/x-www-form-urlencoded" }),
      415,
      "unsupported_media_type",
    ],
    ["in brotli", () => postRaw("x", { "Content-Encoding": "br" }), 415, "unsupported_encoding"],
    ["that says gzip and is not", () => postRaw("{}", { "Content-Encoding": "gzip" }), 400, "invalid_gzip"],
    ["of more than 1 MiB", () => postRaw(" ".repeat(1024 * 1024 + 1)), 413, "body_too_large"],
    [
      "of more than 1 MiB without a length",
      () => postRaw(new Blob([" ".repeat(1024 * 1024 + 1)]).stream()),
      413,
      "body_too_large",
    ],
    [
      "that inflates to more than 4 MiB",
      async () => postRaw(await gzip(" ".repeat(50 * 1024 * 1024))),
      413,
      "decoded_too_large",
    ],
    [
      "of more parts than anybody sends",
      async () => postRaw(await gzip("[".repeat(1024 * 1024) + "]".repeat(1024 * 1024))),
      413,
      "too_many_parts",
    ],
    [
      "of cut-off gzip",
      async () => postRaw((await gzip(JSON.stringify(anEvent()))).slice(0, -9)),
      400,
      "invalid_gzip",
    ],
  ])("%s is refused", async (_, send, status, code) => {
    expect(await problemOf(await send())).toEqual({ status, code, detail: expect.any(String) });
  });
});

describe("a key", () => {
  const send = (headers: Record<string, string>, query = "") =>
    exports.default.fetch(`https://collector.test/v1/events${query}`, {
      method: "POST",
      headers: { "Content-Type": "text/plain", ...headers },
      body: JSON.stringify(anEvent()),
    });

  it("may stand in the query, if it can only write", async () => {
    expect((await send({}, `?key=${await key("write")}`)).status).toBe(202);
    expect(await problemOf(await send({}, `?key=${await key("admin")}`))).toMatchObject({
      status: 403,
      code: "wrong_role",
    });
  });

  it("for all games that is revoked is refused even where no queue is asked", async () => {
    const everywhere = await key("write", "*");
    const headers = { Authorization: `Bearer ${everywhere}` };
    expect((await post([{}], { headers })).status).toBe(422);
    await registryOf(env).revoke("*", String(decode(everywhere).payload.jti), "an admin's key");
    expect(await problemOf(await post([{}], { headers }))).toMatchObject({
      status: 401,
      code: "revoked_key",
    });
  });

  it("is needed, and asked for before the body is looked at", async () => {
    expect(await problemOf(await send({}))).toMatchObject({ status: 401, code: "invalid_key" });
    expect(
      await problemOf(await send({ Authorization: "Bearer nonsense", "Content-Type": "x/y" })),
    ).toMatchObject({ status: 401 });
  });

  it("of a role that may only read is refused", async () => {
    expect(await problemOf(await send({ Authorization: `Bearer ${await key("read")}` }))).toMatchObject({
      status: 403,
    });
  });
});

describe("every answer", () => {
  it("has the request id that the caller sent", async () => {
    const response = await post(anEvent(), { headers: { "X-Request-Id": "attempt-of-mine" } });
    expect(response.headers.get("X-Request-Id")).toBe("attempt-of-mine");
    expect((await answerOf(response)).request_id).toBe("attempt-of-mine");
  });

  it("lets any page send events, and read nothing of what operators see", async () => {
    const preflight = (path: string) =>
      exports.default.fetch(`https://collector.test${path}`, {
        method: "OPTIONS",
        headers: { Origin: "https://game.test", "Access-Control-Request-Method": "POST" },
      });
    expect((await preflight("/v1/events")).headers.get("Access-Control-Allow-Origin")).toBe("*");
    for (const path of ["", "/awesome_game/queue", "/awesome_game/live", "/awesome_game/keys", "/*/audit"])
      expect((await preflight(`/v1/games${path}`)).headers.get("Access-Control-Allow-Origin")).toBe(null);
    const refused = await exports.default.fetch("https://collector.test/v1/events", {
      method: "POST",
      headers: { Origin: "https://game.test" },
    });
    expect([refused.status, refused.headers.get("Access-Control-Allow-Origin")]).toEqual([401, "*"]);
  });
});

describe("a game with shards", () => {
  const sharded = { ...env, GAME_SHARDS: '{"hot_game":4}' };
  const send = async (events: unknown[]) => {
    const headers = {
      Authorization: `Bearer ${await key("write", "hot_game")}`,
      "Content-Type": "application/json",
    };
    const request = new Request("https://collector.test/v1/events", {
      method: "POST",
      headers,
      body: JSON.stringify(events),
      cf: { continent: "EU" },
    });
    return answerOf(await app.fetch(request, sharded));
  };
  const statsOf = async (game: string) =>
    (await (await call("GET", `/v1/games/${game}/queue`, { role: "read", game })).json()) as QueueStats;

  it("splits a batch of many players, answers in the order sent, and shows all shards together", async () => {
    const events = Array.from({ length: 60 }, (_, n) => anEvent({ user_id: `user_${n}` }));
    expect(await send(events)).toMatchObject({ accepted: 60, results: [] });

    const odd = events.map((event, n) => (n % 2 === 1 ? event : anEvent({ user_id: `user_${n}` })));
    odd[0] = {};
    const { accepted, duplicates, rejected, results } = await send(odd);
    expect([accepted, duplicates, rejected]).toEqual([29, 30, 1]);
    expect(results.map(({ index, event_id }) => [index, event_id])).toEqual(
      odd.flatMap((event, n) => (n === 0 ? [[0, null]] : n % 2 === 1 ? [[n, event.event_id]] : [])),
    );

    const { totals, shards } = await statsOf("hot_game");
    expect(shards.map(({ shard }) => shard)).toEqual([0, 1, 2, 3].map((n) => `hot_game/weur/${n}`));
    expect(totals).toMatchObject({ received: 120, accepted: 89, duplicates: 30, rejected: 1 });
    for (const shard of shards) expect(shard.totals.accepted).toBeGreaterThan(0);
  });

  it("keeps a player in one shard, so that a duplicate is known wherever it stands in a batch", async () => {
    const event = anEvent({ user_id: "ada" });
    await send([event]);
    const others = Array.from({ length: 9 }, (_, n) => anEvent({ user_id: `other_${n}` }));
    expect(await send([...others, event])).toMatchObject({
      accepted: 9,
      results: [{ index: 9, status: "duplicate" }],
    });
  });

  it("loses only the events of a shard that is down, for now", async () => {
    const events = Array.from({ length: 40 }, (_, n) => anEvent({ user_id: `user_${n}` }));
    await runInDurableObject(env.GAME_QUEUE.getByName("hot_game/weur/2"), (_, { storage }) => {
      storage.sql.exec("ALTER TABLE outbox RENAME TO lost");
    });
    const { accepted, retry, results } = await send(events);
    expect([accepted + retry, accepted > 0, retry > 0]).toEqual([40, true, true]);
    expect(new Set(results.map(({ index }) => shardOf(`user_${index}`, 4)))).toEqual(new Set([2]));

    const response = await call("GET", "/v1/games/hot_game/queue", { role: "read", game: "hot_game" });
    const { status, code, detail } = await problemOf(response);
    expect([status, code, detail]).toEqual([
      503,
      "queue_unreachable",
      "hot_game/weur/2 could not be reached: ask again",
    ]);
  });
});

describe("an event that is rejected", () => {
  it("travels to the warehouse with its reason, as it was sent", async () => {
    const game = "explaining_game";
    const wrong = aPurchase({ price: "?", user_id: "ada" });
    const response = await post([wrong, anEvent({ user_id: "ada" })], { game });
    const { request_id, received_at, results } = await answerOf(response);
    const rejected = (await linesIn(`${game}/enam/0`)).filter(
      ({ record_type }) => record_type === "rejected",
    );
    const raw = JSON.stringify(wrong);
    expect(rejected).toEqual([
      {
        event_id: wrong.event_id,
        event_type: "purchase",
        user_id: "ada",
        app_version: "1.2.0",
        game_id: game,
        errors: results[0]?.status === "rejected" && results[0].errors,
        raw,
        raw_bytes: raw.length,
        record_type: "rejected",
        ingestion_timestamp: received_at,
        collector: expect.stringContaining("playtrail/"),
        request_id,
      },
    ]);
  });

  it("with a key for all games goes where it says, else where the first went, else nowhere", async () => {
    await post([{}, { game_id: "stray_game" }, { game_id: "No Game" }], { game: "*" });
    const lines = await linesIn("stray_game/enam/0");
    expect(lines.map(({ raw }) => raw)).toEqual(['{"game_id":"stray_game"}', '{"game_id":"No Game"}']);
    expect(await totalsOf("stray_game")).toMatchObject({ received: 2, rejected: 2 });
  });

  it("is only counted beyond so many a request", async () => {
    const game = "flooding_game";
    await post(
      Array.from({ length: 130 }, () => ({})),
      { game },
    );
    expect(await linesIn(`${game}/enam/0`)).toHaveLength(REJECTIONS_PER_REQUEST_MAX);
    expect(await totalsOf(game)).toMatchObject({ rejected: 130, rejected_unrecorded: 30 });
  });
});

describe("a queue that cannot take events", () => {
  const breakQueue = (game: string) =>
    runInDurableObject(env.GAME_QUEUE.getByName(`${game}/enam/0`), (_, { storage }) => {
      storage.sql.exec("ALTER TABLE outbox RENAME TO lost");
    });

  it("means 503 and when to come again: nothing was acknowledged", async () => {
    await breakQueue("broken_game");
    const response = await post([anEvent(), {}], { game: "broken_game" });
    expect([response.headers.get("Retry-After"), (await problemOf(response)).code]).toEqual([
      "5",
      "queue_unreachable",
    ]);
  });

  it("costs the events of other queues nothing", async () => {
    await breakQueue("broken_too");
    const events = [anEvent({ game_id: "broken_too" }), anEvent({ game_id: "sound_game" }), {}];
    const response = await post(events, { game: "*" });
    const { accepted, retry, rejected, results } = await answerOf(response);
    expect([response.status, accepted, retry, rejected]).toEqual([202, 1, 1, 1]);
    expect(response.headers.get("Retry-After")).toBe("5");
    expect(results[0]).toEqual({ index: 0, event_id: events[0]?.event_id, status: "retry" });
  });
});

describe("what the client dropped, where a queue cannot be reached", () => {
  const dropped = { queue_full: 3, too_large: 1 };
  const inGame = (game_id: string) => anEvent({ game_id });

  /** Sends as a key for all games does, while the queues of `down` cannot be reached. */
  const send = async (body: unknown, down: string) => {
    const headers = {
      Authorization: `Bearer ${await key("write", "*")}`,
      "Content-Type": "application/json",
    };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const bindings = withQueuesDown((name) => name.startsWith(`${down}/`));
    return app.request("/v1/events", init, bindings);
  };
  const countedIn = async (...games: string[]) =>
    Promise.all(games.map(async (game) => (await totalsOf(game)).client_dropped));

  it("is told to be uncounted where that queue was to count it, and counted when it is told again", async () => {
    const [missed, taken] = [inGame("away_game"), inGame("home_game")];
    const answer = await answerOf(await send({ dropped, events: [missed, taken] }, "away_game"));
    expect(answer).toMatchObject({ accepted: 1, retry: 1, dropped_counted: false });
    expect(await countedIn("home_game")).toEqual([0]);

    const again = await answerOf(await send({ dropped, events: [missed] }, "none"));
    expect(again).toMatchObject({ accepted: 1 });
    expect(again).not.toHaveProperty("dropped_counted");
    expect(await countedIn("away_game", "home_game")).toEqual([4, 0]);
  });

  it("is counted where that queue was not to count it", async () => {
    const events = [inGame("near_game"), inGame("far_game")];
    const answer = await answerOf(await send({ dropped, events }, "far_game"));
    expect(answer).toMatchObject({ accepted: 1, retry: 1 });
    expect(answer).not.toHaveProperty("dropped_counted");
    expect(await countedIn("near_game")).toEqual([4]);
  });

  it("is counted once where the answer is lost and all is sent again", async () => {
    const body = { dropped, events: [inGame("first_game"), inGame("second_game")] };
    await send(body, "second_game");
    expect(await answerOf(await send(body, "none"))).toMatchObject({ accepted: 1, duplicates: 1 });
    expect(await countedIn("first_game", "second_game")).toEqual([4, 0]);
  });

  it("is told to be uncounted also where there is nothing to send again", async () => {
    const response = await send({ dropped, events: [{ game_id: "lone_game" }] }, "lone_game");
    expect([response.status, await answerOf(response)]).toEqual([
      422,
      expect.objectContaining({ rejected: 1, dropped_counted: false }),
    ]);
  });

  it("is sent again with everything else where nothing was taken", async () => {
    const body = { dropped, events: [inGame("late_game")] };
    expect((await send(body, "late_game")).status).toBe(503);
    await send(body, "none");
    expect(await countedIn("late_game")).toEqual([4]);
  });
});

describe("that a purchase is verified", () => {
  const tokenIn = async (game: string) => {
    const response = await callWith(await key("server", game), "POST", "/v1/tokens", {
      user_id: "user_12345",
    });
    return ((await response.json()) as { token: string }).token;
  };

  it.each<[string, boolean, (game: string) => Promise<string>]>([
    ["write key", false, (game) => key("write", game)],
    ["player token", false, tokenIn],
    ["server key", true, (game) => key("server", game)],
    ["admin key", true, (game) => key("admin", game)],
  ])(
    "is answered and delivered as what it is worth, said with a %s: %s",
    async (sender, believed, keyFor) => {
      const game = `verifying_with_${sender.replace(" ", "_")}`;
      const purchase = aPurchase({ verified: true });
      const warning = { path: "verified", code: "needs_server_key", message: expect.any(String) };
      const sent = await keyFor(game);
      for (const path of ["/v1/events/validate", "/v1/events"]) {
        const { accepted, results } = await answerOf(await callWith(sent, "POST", path, purchase));
        expect([accepted, results]).toEqual([
          1,
          believed
            ? []
            : [{ index: 0, event_id: purchase.event_id, status: "accepted", warnings: [warning] }],
        ]);
      }
      expect((await linesIn(`${game}/enam/0`)).map(({ verified }) => verified)).toEqual([believed]);
    },
  );
});

describe("POST /v1/events/validate", () => {
  it("gives the same verdicts and stores nothing", async () => {
    const game = "validating_game";
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify([anEvent(), aPurchase({ price: "?" })]);
    const response = await call("POST", "/v1/events/validate", { game, headers, body });
    const { accepted, rejected } = await answerOf(response);
    expect([response.status, accepted, rejected]).toEqual([200, 1, 1]);
    expect((await totalsOf(game)).received).toBe(0);
  });
});
