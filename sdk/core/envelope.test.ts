import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_EVENT_BYTES, type PendingEvent, serializeEvent, withEvents } from "./envelope.ts";

test("writes an event with its number and its time", () => {
  expect(serializeEvent({ type: "custom", fields: { name: "boss_seen" } }, 7, 31_249.6)).toEqual({
    kind: "line",
    line: '{"name":"boss_seen","event_type":"custom","seq":7,"offset_ms":31250}',
    bytes: 68,
    ownId: undefined,
  });
});

test("keeps a timestamp and an id of the event's own", () => {
  const fields = { event_id: "an-id", timestamp: "2026-11-20T08:00:00Z", level: "1", status: "start" };
  expect(serializeEvent({ type: "progression", fields }, 1, 5)).toMatchObject({
    line: '{"event_id":"an-id","timestamp":"2026-11-20T08:00:00Z","level":"1","status":"start","event_type":"progression","seq":1}',
    ownId: "an-id",
  });
});

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

test.each<[string, object]>([
  ["a cycle", { properties: cycle }],
  ["a BigInt", { score: 1n }],
  ["a toJSON that gives nothing", { toJSON: () => undefined }],
  ["a toJSON that gives no object", { toJSON: () => null }],
  [
    "a getter that throws",
    {
      get name() {
        throw new Error("no");
      },
    },
  ],
])("drops %s instead of throwing", (_, fields) => {
  expect(serializeEvent({ type: "custom", fields }, 1, 0)).toEqual({
    kind: "dropped",
    reason: "unserializable",
  });
});

test("drops an event over 64 KiB, counted in UTF-8", () => {
  const overhead = '{"name":"","event_type":"custom","seq":1,"offset_ms":0}'.length;
  const fits = "é".repeat((MAX_EVENT_BYTES - overhead - 1) / 2);
  expect(serializeEvent({ type: "custom", fields: { name: fits } }, 1, 0)).toMatchObject({
    kind: "line",
    bytes: MAX_EVENT_BYTES - 1,
  });
  expect(serializeEvent({ type: "custom", fields: { name: `${fits}é` } }, 1, 0)).toEqual({
    kind: "dropped",
    reason: "too_large",
  });
});

test("knows the length of any text in UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const event = serializeEvent({ type: "custom", fields: { name } }, 1, 0);
      expect(event.kind === "line" && event.bytes).toBe(
        event.kind === "line" && Buffer.byteLength(event.line),
      );
    }),
  );
});

test("joins what is serialized already", () => {
  const event = (line: string): PendingEvent => ({
    order: 1,
    segment: { idSeed: "a", defaults: {}, timeline: { base: 0, offsetMs: null } },
    seq: 1,
    at: 0,
    rank: 1,
    ownId: undefined,
    line,
    bytes: 1,
  });
  const body = withEvents({ id_seed: "a", dropped: undefined, defaults: {} }, [
    event('{"seq":1}'),
    event("{}"),
  ]);
  expect(body).toBe('{"id_seed":"a","defaults":{},"events":[{"seq":1},{}]}');
});
