import fc from "fast-check";
import { expect, it } from "vitest";
import { chunksOf, concat, parcelOf } from "./parcel.ts";
import { linesOf } from "./unit.ts";

const event = fc.record({
  eventId: fc.uuid(),
  userId: fc.constantFrom("ada", "bo", "cy"),
  json: fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => JSON.stringify({ text })),
});
const ENDING = new TextEncoder().encode(',"by":"me"}\n');
const counts = { keys: [], rejected: 0, rejections: [], clientDropped: 0 };
const decoder = new TextDecoder();

it("chunks hold every event that is no duplicate, once, in order, within their limits, and no more of them than needed", () => {
  const limits = { events: 7, bytes: 300 };
  const offer = fc.record({
    events: fc.array(event, { maxLength: 12 }),
    isDuplicate: fc.func(fc.boolean()),
    allNew: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(offer, { maxLength: 6 }), (offers) => {
      const made = offers.map(({ events, isDuplicate, allNew }) => {
        const duplicates = allNew ? [] : [...events.keys()].filter((index) => isDuplicate(index));
        return {
          parcel: parcelOf(events, ENDING, counts),
          skipped: duplicates,
          kept: events.filter((_, index) => !duplicates.includes(index)),
        };
      });
      const kept = made.flatMap((one) => one.kept);
      const chunks = chunksOf(made, limits);

      const lines = chunks.flatMap((chunk) => linesOf(chunk.lines)).map((line) => decoder.decode(line));
      expect(lines).toEqual(kept.map(({ json }) => `${json.slice(0, -1)},"by":"me"}\n`));
      expect(concat(chunks.map((chunk) => chunk.ids))).toEqual(parcelOf(kept, ENDING, counts).ids);
      for (const chunk of chunks) {
        expect(chunk.events).toBe(linesOf(chunk.lines).length);
        expect(chunk.lines.byteLength).toBeLessThanOrEqual(limits.bytes);
        expect(chunk.events).toBeLessThanOrEqual(limits.events);
        expect(chunk.events).toBeGreaterThan(0);
      }
    }),
  );
});
