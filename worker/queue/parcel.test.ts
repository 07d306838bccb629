import fc from "fast-check";
import { expect, it } from "vitest";
import { linesOf } from "./delivery.ts";
import { chunksOf, concat, parcelOf } from "./parcel.ts";

const event = fc.record({
  eventId: fc.uuid(),
  json: fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => JSON.stringify({ text })),
});
const ENDING = new TextEncoder().encode(',"by":"me"}\n');
const counts = { rejected: 0, clientDropped: 0 };
const decoder = new TextDecoder();

it("chunks of a parcel hold every event that is not skipped, once, in order, within their bound", () => {
  const maxBytes = 200;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), fc.func(fc.boolean()), (events, isDuplicate) => {
      const skip = [...events.keys()].filter((index) => isDuplicate(index));
      const kept = events.filter((_, index) => !skip.includes(index));
      const chunks = chunksOf(parcelOf(events, ENDING, counts), skip, maxBytes);

      const lines = chunks.flatMap((chunk) => linesOf(chunk.lines)).map((line) => decoder.decode(line));
      const ids = concat(chunks.map((chunk) => chunk.ids));
      expect(lines).toEqual(kept.map(({ json }) => `${json.slice(0, -1)},"by":"me"}\n`));
      expect(ids).toEqual(parcelOf(kept, ENDING, counts).ids);
      for (const chunk of chunks) {
        expect(chunk.events).toBe(linesOf(chunk.lines).length);
        expect(chunk.lines.byteLength).toBeLessThanOrEqual(maxBytes);
      }
    }),
  );
});
