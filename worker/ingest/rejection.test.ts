import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_LINE_BYTES } from "../events/limits.ts";
import { lineEnding } from "../events/line.ts";
import { rejectionOf, remainsOf } from "./rejection.ts";

const ENDING = lineEnding(Date.parse("2026-11-21T12:00:00Z"), "request-1", "rejected");
const MAX_RAW_BYTES = 8 * 1024;

const bytesOf = (text: string) => new TextEncoder().encode(text).byteLength;

const write = (sent: unknown, defaults?: Record<string, unknown>) => {
  const judgement = { status: "rejected", eventId: null, errors: [] } as const;
  const { user, line } = rejectionOf(remainsOf(sent, defaults), { ...judgement, errors: [] }, "g", ENDING);
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
  return { user, bytes: line.byteLength, text, fields: JSON.parse(text) as Record<string, unknown> };
};

describe("the line about a rejected event", () => {
  it("is one line of JSON, whatever was sent, and holds all of a short text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (sent) => {
        const { text, fields } = write(sent);
        expect(text.indexOf("\n")).toBe(text.length - 1);
        expect(fields).toMatchObject({ record_type: "rejected", game_id: "g", request_id: "request-1" });
        if (bytesOf(JSON.stringify(sent)) <= MAX_RAW_BYTES) {
          expect([fields.raw, fields.raw_bytes]).toEqual([
            JSON.stringify(sent),
            bytesOf(JSON.stringify(sent)),
          ]);
        }
      }),
    );
  });

  it("cuts a long text between characters, says how long it was, and stays within a line's bound", () => {
    const character = fc.constantFrom("a", "é", "€", "🎮", '"', "\\", "\u0001");
    fc.assert(
      fc.property(fc.nat(8), character, (offset, filler) => {
        const sent = { message: "x".repeat(offset) + filler.repeat(MAX_RAW_BYTES) };
        const { fields, bytes } = write(sent);
        const raw = String(fields.raw);
        expect(JSON.stringify(sent).startsWith(raw)).toBe(true);
        expect(raw.isWellFormed()).toBe(true);
        expect(bytesOf(raw)).toBeGreaterThan(MAX_RAW_BYTES - 4);
        expect(bytesOf(raw)).toBeLessThanOrEqual(MAX_RAW_BYTES);
        expect(fields.raw_bytes).toBe(bytesOf(JSON.stringify(sent)));
        expect(bytes).toBeLessThan(MAX_LINE_BYTES);
      }),
    );
  });

  it("shows of what nests without end as much as an event may nest", () => {
    const deep = (depth: number): unknown => (depth === 0 ? 1 : { 0: deep(depth - 1) });
    const { fields } = write(deep(1_000));
    expect(fields.raw).toBe(`${'{"0":'.repeat(33)}"…"${"}".repeat(33)}`);
  });

  it.each([
    [{ user_id: "ada", event_type: "install", app_version: "1.2.0" }, "ada", "install", "1.2.0"],
    [{ user_id: 7, event_type: 7, app_version: 7 }, null, undefined, undefined],
    [{ user_id: "", event_type: "", app_version: "" }, null, "", undefined],
    [
      { user_id: "x".repeat(128), event_type: "x".repeat(128), app_version: "x".repeat(64) },
      "x".repeat(128),
      "x".repeat(128),
      "x".repeat(64),
    ],
    [
      { user_id: "x".repeat(129), event_type: "x".repeat(129), app_version: "x".repeat(65) },
      null,
      undefined,
      undefined,
    ],
    ["ada", null, undefined, undefined],
    [null, null, undefined, undefined],
  ])(
    "of %j says whose it is, of what type and version, where that can be read",
    (sent, user, type, version) => {
      const { user: whose, fields } = write(sent);
      expect([whose, fields.user_id ?? null, fields.event_type, fields.app_version]).toEqual([
        user,
        user,
        type,
        version,
      ]);
    },
  );

  it("shows the envelope's defaults behind the event's own fields, which win", () => {
    const { user, fields } = write({ price: "?", user_id: "bo" }, { user_id: "ada", app_version: "2" });
    const raw = '{"price":"?","user_id":"bo","app_version":"2"}';
    expect([user, fields.app_version, fields.raw]).toEqual(["bo", "2", raw]);
  });
});
