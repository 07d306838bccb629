import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derivedId, seededId, writeId } from "./ids.ts";
import { uuidSchema } from "./schemas.ts";

describe("an id made of a seed and a sequence number", () => {
  it("is a UUIDv8 of the seed's first ten bytes and the number in six", () => {
    expect(seededId("01890a5d-ac96-774b-bcce-b302099a8057", 258)).toBe(
      "01890a5d-ac96-874b-bcce-000000000102",
    );
  });

  it("is one of its own for each number", () => {
    const seq = fc.integer({ min: 1, max: 2 ** 48 - 1 });
    fc.assert(
      fc.property(fc.uuid(), seq, seq, (seed, a, b) => {
        expect(seededId(seed, a) === seededId(seed, b)).toBe(a === b);
        expect(seededId(seed, a)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });
});

describe("an id derived from an event", () => {
  const event = {
    event_type: "install",
    user_id: "u",
    session_id: "s",
    timestamp: "2026-11-21T12:00:00Z",
    source: "organic",
  };

  it("is the same for a retry, in whatever order the fields come", () => {
    const shuffled = Object.fromEntries(Object.entries(event).toReversed());
    expect(derivedId("g", shuffled)).toBe(derivedId("g", event));
    expect(derivedId("g", { ...event, game_id: "g" })).toBe(derivedId("g", event));
    expect(uuidSchema.safeParse(derivedId("g", event)).success).toBe(true);
  });

  it.each([["user_id"], ["session_id"], ["event_type"], ["timestamp"], ["source"]])(
    "is another where %s is another",
    (field) => {
      expect(derivedId("g", { ...event, [field]: "another" })).not.toBe(derivedId("g", event));
    },
  );

  it("is another in another game", () => {
    expect(derivedId("h", event)).not.toBe(derivedId("g", event));
  });
});

it("an id's bytes are its hexadecimal digits", () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      const bytes = new Uint8Array(18);
      writeId(uuid, bytes, 1);
      expect(Buffer.from(bytes.subarray(1, 17)).toString("hex")).toBe(uuid.replaceAll("-", ""));
    }),
  );
});
