import { describe, expect, it } from "vitest";
import { anEvent, aPurchase } from "../testing/requests.ts";
import type { BatchContext } from "./batch-context.ts";
import { type Judgement, judge } from "./judge.ts";
import { lineEnding, writeLines } from "./line.ts";
import type { schemas } from "./schemas.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const EARLIER = "2026-11-21T11:59:30.000Z";

const context = (fields: Partial<BatchContext> = {}): BatchContext => ({
  keyGame: "awesome_game",
  mayVerify: false,
  receivedAt: NOW,
  correctionMs: 0,
  country: "FR",
  ending: lineEnding(NOW, "request-1"),
  defaults: undefined,
  idSeed: undefined,
  ...fields,
});

const judged = (fields: object, more: Partial<BatchContext> = {}) =>
  judge({ ...anEvent({ timestamp: EARLIER }), ...fields }, context(more));

function delivered(judgement: Judgement): Record<string, unknown> {
  if (judgement.status !== "accepted") throw new Error(JSON.stringify(judgement.errors));
  const { lines } = writeLines([judgement.json], context().ending);
  const line = new TextDecoder().decode(lines);
  expect(line.indexOf("\n")).toBe(line.length - 1);
  return JSON.parse(line);
}

const codes = (judgement: Judgement) =>
  (judgement.status === "accepted" ? judgement.warnings : judgement.errors).map(({ path, code }) => [
    path,
    code,
  ]);

describe("a delivered line", () => {
  it("is the event and what the collector knows of it", () => {
    const event = aPurchase({ timestamp: EARLIER, price: 4.99, properties: { vip: true } });
    expect(delivered(judge({ ...event }, context()))).toEqual({
      ...event,
      price: "4.99",
      quantity: 1,
      schema_version: "1.0",
      game_id: "awesome_game",
      client_timestamp: EARLIER,
      record_type: "event",
      ingestion_timestamp: "2026-11-21T12:00:00.000Z",
      collector: "playtrail/0.1.0",
      request_id: "request-1",
    });
  });

  it("has the edge's country where the event has none, and upper case where it has", () => {
    expect(delivered(judged({ country: undefined })).country).toBe("FR");
    expect(delivered(judged({ country: "de" })).country).toBe("DE");
    expect("country" in delivered(judged({ country: undefined }, { country: undefined }))).toBe(false);
  });

  it("has the id in lower case", () => {
    const event_id = "0190A5DA-C967-74BB-BCEB-302099A80570";
    expect(delivered(judged({ event_id })).event_id).toBe(event_id.toLowerCase());
  });

  it("keeps unknown fields, and says so", () => {
    const judgement = judged({ nickname: "Zoë", nested: { a: [1] } });
    expect(delivered(judgement)).toMatchObject({ nickname: "Zoë", nested: { a: [1] } });
    expect(codes(judgement)).toEqual([
      ["nickname", "unknown_field"],
      ["nested", "unknown_field"],
    ]);
  });

  it("takes its own fields from nobody else", () => {
    const judgement = judged({
      request_id: "forged",
      record_type: "erasure",
      ingestion_timestamp: "1970-01-01T00:00:00Z",
    });
    expect(delivered(judgement)).toMatchObject({ request_id: "request-1", record_type: "event" });
    expect(codes(judgement).map(([, code]) => code)).toEqual([
      "reserved_field",
      "reserved_field",
      "reserved_field",
    ]);
  });
});

describe("with a player token", () => {
  const token = { keyUser: "user_12345" };

  it("the player's own events are accepted", () => {
    expect(judged({}, token).status).toBe("accepted");
  });

  it("another player's event is rejected, also where the envelope names the player", () => {
    const { user_id: _, ...anonymous } = anEvent({ timestamp: EARLIER });
    const others = [
      judged({ user_id: "user_2" }, token),
      judge(anonymous, context({ ...token, defaults: { user_id: "user_2" } })),
    ];
    for (const judgement of others) expect(codes(judgement)).toEqual([["user_id", "wrong_user"]]);
  });

  it("an event without a player is told only that", () => {
    expect(codes(judged({ user_id: undefined }, token))).toEqual([["user_id", "required"]]);
  });
});

describe("each type", () => {
  const own = {
    install: { source: "organic", campaign: "spring" },
    purchase: {
      product_id: "p",
      product_name: "P",
      quantity: 2,
      price: "650",
      currency: "JPY",
      store: "steam",
      transaction_id: "t",
      verified: false,
    },
    session_start: { session_number: 3 },
    session_end: { duration_seconds: 61.5 },
    progression: { status: "complete", level: "world1/level3", score: 99.5, attempt: 2 },
    resource: { flow: "sink", resource: "gold", amount: 5, item_type: "sword", item_id: "s1" },
    ad: {
      action: "shown",
      ad_type: "banner",
      placement: "menu",
      network: "n",
      revenue: "0.000123",
      currency: "USD",
    },
    performance: { metric: "fps", value: 59.9, scene: "menu" },
    error: { severity: "critical", message: "boom", stack: "at x" },
    custom: { name: "boss", value: -1 },
  } satisfies Record<keyof typeof schemas, object>;

  it.each(Object.entries(own))("%s lands with all its fields", (event_type, fields) => {
    const { name: _, ...common } = anEvent({ timestamp: EARLIER });
    const judgement = judge({ ...common, event_type, ...fields }, context());
    expect(delivered(judgement)).toMatchObject({ event_type, ...fields });
    expect(codes(judgement)).toEqual([]);
  });

  it.each(Object.entries(own))(
    "%s of a wrong kind in each field is refused for that field",
    (event_type, fields) => {
      const { name: _, ...common } = anEvent({ timestamp: EARLIER });
      for (const field of Object.keys(fields)) {
        const judgement = judge({ ...common, event_type, ...fields, [field]: { not: "this" } }, context());
        expect([judgement.status, codes(judgement)[0]?.[0]]).toEqual(["rejected", field]);
      }
    },
  );
});

describe("an event is rejected", () => {
  it.each<[string, unknown, [string, string]]>([
    ["that is no object", 7, ["", "invalid_type"]],
    ["that is null", null, ["", "invalid_type"]],
    ["that is an array", [], ["", "invalid_type"]],
    ["without a type", {}, ["event_type", "required"]],
    ["of an unknown type", { event_type: "constructor" }, ["event_type", "unknown_event_type"]],
    ["without a player", anEvent({ user_id: undefined }), ["user_id", "required"]],
    ["with an empty player", anEvent({ user_id: "" }), ["user_id", "too_short"]],
    ["with a player as a number", anEvent({ user_id: 12345 }), ["user_id", "invalid_type"]],
    ["with too long a session", anEvent({ session_id: "x".repeat(129) }), ["session_id", "too_long"]],
    ["with an id that is no UUID", anEvent({ event_id: "42" }), ["event_id", "invalid_event_id"]],
    ["of another game", anEvent({ game_id: "other_game" }), ["game_id", "game_mismatch"]],
    ["of no known country", anEvent({ country: "UK" }), ["country", "invalid_country"]],
    [
      "without an offset in its time",
      anEvent({ timestamp: "2026-11-21T12:00:00" }),
      ["timestamp", "invalid_timestamp"],
    ],
    [
      "on the 30th of February",
      anEvent({ timestamp: "2026-02-30T12:00:00Z" }),
      ["timestamp", "invalid_timestamp"],
    ],
    [
      "of a month and a half ago",
      anEvent({ timestamp: "2026-10-01T12:00:00Z" }),
      ["timestamp", "timestamp_too_old"],
    ],
    ["with a bad price", aPurchase({ price: "free" }), ["price", "invalid_decimal"]],
    ["with a negative price", aPurchase({ price: -4.99 }), ["price", "invalid_decimal"]],
    ["with five decimals", aPurchase({ price: "0.00001" }), ["price", "invalid_decimal"]],
    ["with no known currency", aPurchase({ currency: "DEM" }), ["currency", "invalid_currency"]],
    ["with a fraction of a thing", aPurchase({ quantity: 1.5 }), ["quantity", "invalid_type"]],
    ["with nested properties", anEvent({ properties: { a: { b: 1 } } }), ["properties.a", "invalid_type"]],
    ["with a property's name in Greek", anEvent({ properties: { α: 1 } }), ["properties.α", "invalid_key"]],
    [
      "with a property too long",
      anEvent({ properties: { a: "x".repeat(1_025) } }),
      ["properties.a", "too_long"],
    ],
    [
      "with 65 properties",
      anEvent({ properties: Object.fromEntries([...Array(65).keys()].map((i) => [i, i])) }),
      ["properties", "too_many"],
    ],
    ["of more than 64 KiB", anEvent({ extra: "€".repeat(22_000) }), ["", "event_too_large"]],
  ])("%s", (_, event, finding) => {
    const judgement = judge(event, context());
    expect([judgement.status, codes(judgement)]).toEqual(["rejected", [finding]]);
    const [error] = judgement.status === "rejected" ? judgement.errors : [];
    expect(error?.message).toContain(finding[0]);
  });

  it("for a field that is nested deeper than warehouses read", () => {
    const nested = (depth: number) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
    expect(codes(judged({ extra: nested(33) }))).toEqual([["extra", "too_deep"]]);
    expect(judged({ extra: nested(32) }).status).toBe("accepted");
    expect(codes(judged({ extra: nested(200_000) }))).toEqual([["extra", "too_deep"]]);
  });

  it("for more fields or properties than anyone needs, before each of them is looked at", () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}!`, [i]]));
    expect(codes(judged({ properties: many(150_000) }))).toEqual([["properties", "too_many"]]);
    expect(codes(judged(many(150_000)))).toEqual([["", "too_many"]]);
  });

  it("for a property whose name zod passes over", () => {
    const properties = JSON.parse('{"__proto__":{"deep":[1]}}');
    expect(codes(judged({ properties }))).toEqual([["properties.__proto__", "invalid_key"]]);
  });

  it("with no more findings than help, each of a bounded length", () => {
    const properties = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`${"x".repeat(30_000)}${i}`, 1]),
    );
    const judgement = judged({ properties });
    expect(codes(judgement).length).toBe(20);
    expect(JSON.stringify(judgement).length).toBeLessThan(10_000);
  });

  it("for an advertisement's revenue without a currency", () => {
    const { name: _, ...event } = anEvent({
      event_type: "ad",
      action: "shown",
      ad_type: "banner",
      revenue: 0.002,
    });
    expect(codes(judge(event, context()))).toEqual([["currency", "required"]]);
  });

  it("with every finding at once, and its id where it has one", () => {
    const event = anEvent({ user_id: "", platform: undefined });
    const judgement = judge(event, context());
    expect(judgement).toMatchObject({ status: "rejected", eventId: event.event_id });
    expect(codes(judgement)).toEqual([
      ["user_id", "too_short"],
      ["platform", "required"],
    ]);
  });
});

describe("an event is accepted with a warning", () => {
  it.each<[string, object, [string, string]]>([
    ["from a platform of its own", { platform: "toaster" }, ["platform", "unknown_value"]],
    ["from a player called null", { user_id: "NULL" }, ["user_id", "placeholder"]],
    ["from a nil player", { user_id: "00000000-0000-0000-0000-000000000000" }, ["user_id", "placeholder"]],
    ["from tomorrow", { timestamp: "2026-11-22T12:00:00Z" }, ["timestamp", "timestamp_in_future"]],
    ["without a time", { timestamp: undefined }, ["timestamp", "missing_timestamp"]],
  ])("%s", (_, fields, finding) => {
    const judgement = judged(fields);
    expect([judgement.status, codes(judgement)]).toEqual(["accepted", [finding]]);
  });

  it("with half a yen", () => {
    const judgement = judge(aPurchase({ timestamp: EARLIER, price: "650.5", currency: "JPY" }), context());
    expect(delivered(judgement)).toMatchObject({ price: "650.5", currency: "JPY" });
    expect(codes(judgement)).toEqual([["price", "excess_decimals"]]);
  });
});

describe("that a purchase is verified", () => {
  const verdictOn = (verified: boolean | undefined, mayVerify: boolean) => {
    const judgement = judge(aPurchase({ timestamp: EARLIER, verified }), context({ mayVerify }));
    return [delivered(judgement).verified, codes(judgement)];
  };

  it("is believed of the studio's server", () => {
    expect(verdictOn(true, true)).toEqual([true, []]);
    expect(verdictOn(false, true)).toEqual([false, []]);
    expect(verdictOn(undefined, true)).toEqual([undefined, []]);
  });

  it("is not believed of anybody else, whose purchase is taken all the same", () => {
    expect(verdictOn(true, false)).toEqual([false, [["verified", "needs_server_key"]]]);
    expect(verdictOn(false, false)).toEqual([false, []]);
    expect(verdictOn(undefined, false)).toEqual([undefined, []]);
  });

  it("is not believed where the envelope says it for all, either", () => {
    const judgement = judge(aPurchase({ timestamp: EARLIER }), context({ defaults: { verified: true } }));
    expect([delivered(judgement).verified, codes(judgement)]).toEqual([
      false,
      [["verified", "needs_server_key"]],
    ]);
  });
});

describe("a corrected clock", () => {
  it("keeps what the client said beside the corrected time", () => {
    expect(
      delivered(judged({ timestamp: "2026-11-21T09:59:30Z" }, { correctionMs: 7_200_000 })),
    ).toMatchObject({
      timestamp: EARLIER,
      client_timestamp: "2026-11-21T09:59:30Z",
      clock_offset_ms: 7_200_000,
    });
  });
});

describe("an envelope", () => {
  const defaults = { user_id: "u", session_id: "s", platform: "web", app_version: "1", timestamp: EARLIER };
  const idSeed = "01890a5d-ac96-774b-bcce-b302099a8057";

  it("says once what its events share", () => {
    const event = { event_type: "custom", name: "n", seq: 2, offset_ms: 1_500, platform: "ios" };
    expect(delivered(judge(event, context({ defaults, idSeed })))).toMatchObject({
      ...defaults,
      event_id: "01890a5d-ac96-874b-bcce-000000000002",
      seq: 2,
      platform: "ios",
      timestamp: "2026-11-21T11:59:31.500Z",
      client_timestamp: "2026-11-21T11:59:31.500Z",
    });
  });

  it("leaves nothing of itself in the line", () => {
    expect(
      "offset_ms" in
        delivered(judge({ event_type: "custom", name: "n", offset_ms: 1 }, context({ defaults }))),
    ).toBe(false);
  });

  it.each([["1"], [null], [1e300]])("rejects an event whose offset is %j", (offset_ms) => {
    const judgement = judge({ event_type: "custom", name: "n", offset_ms }, context({ defaults }));
    expect(codes(judgement)).toEqual([["offset_ms", "invalid_offset"]]);
  });

  it.each([["2026-11-21T12:00:00"], ["Nov 21 2026 12:00"], [5]])(
    "counts offsets from no such time as %j",
    (timestamp) => {
      const event = { event_type: "custom", name: "n", offset_ms: 1 };
      expect(codes(judge(event, context({ defaults: { ...defaults, timestamp } })))[0]).toEqual([
        "offset_ms",
        "invalid_offset",
      ]);
    },
  );

  it("gives way to an event's own id and time", () => {
    const own = { event_id: "0190a5da-c967-74bb-bceb-302099a80570", timestamp: "2026-11-21T11:00:00.000Z" };
    const event = { event_type: "custom", name: "n", seq: 2, offset_ms: 5, ...own };
    expect(delivered(judge(event, context({ defaults, idSeed })))).toMatchObject(own);
  });
});

describe("a key for all games", () => {
  it("takes the game that the event names", () => {
    expect(delivered(judged({ game_id: "other_game" }, { keyGame: "*" })).game_id).toBe("other_game");
  });

  it("wants each event to name one", () => {
    expect(codes(judged({}, { keyGame: "*" }))).toEqual([["game_id", "required"]]);
  });
});

it("a derived id is the same whatever the edge adds", () => {
  const event = anEvent({ event_id: undefined, country: undefined, timestamp: undefined });
  const first = judge({ ...event }, context());
  const retry = judge(
    { ...event },
    context({ receivedAt: NOW + 5_000, country: "DE", ending: lineEnding(NOW + 5_000, "request-2") }),
  );
  expect(retry).toMatchObject({ eventId: (first as { eventId: string }).eventId });
});
