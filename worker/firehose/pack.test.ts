import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { billedBytes, MAX_LINES_PER_RECORD, MAX_RECORD_BYTES } from "./limits.ts";
import { add, fits, pack, sizeOf, total } from "./pack.ts";

const NONE = { records: 0, bytes: 0 };
const LIMIT = { records: 500, bytes: 1024 * 1024 };

const run = fc.oneof(
  fc.record({
    events: fc.integer({ min: 1, max: 500 }),
    bytes: fc.integer({ min: 1, max: MAX_RECORD_BYTES }),
  }),
  fc.record({ events: fc.constant(10), bytes: fc.integer({ min: 3_000, max: 6_000 }) }),
);

describe("packing lines", () => {
  it("keeps order, keeps the limits, and leaves out nothing that would fit", () => {
    fc.assert(
      fc.property(fc.array(run, { maxLength: 60 }), (runs) => {
        const units = pack(runs, "lines", NONE, LIMIT);
        const packed = units.flat();
        expect(packed).toEqual(runs.slice(0, packed.length));

        const call = units.map((unit) => sizeOf(total(unit), "lines")).reduce(add, NONE);
        for (const unit of units) {
          const { events, bytes } = total(unit);
          expect(unit.length === 1 || (events <= MAX_LINES_PER_RECORD && bytes <= MAX_RECORD_BYTES)).toBe(
            true,
          );
        }
        expect(units.length === 1 || (call.records <= LIMIT.records && call.bytes <= LIMIT.bytes)).toBe(true);

        const next = runs[packed.length];
        if (next)
          expect(fits(call, { records: 0, bytes: next.bytes }, LIMIT) && call.records < LIMIT.records).toBe(
            false,
          );
      }),
    );
  });

  it("never puts runs of different groups into one record, and begins no other for the same group", () => {
    const kinds = fc.array(fc.constantFrom("event", "notice"), { maxLength: 60 });
    fc.assert(
      fc.property(kinds, (sequence) => {
        const runs = sequence.map((kind) => ({ group: kind, events: 1, bytes: 100 }));
        const records = pack(runs, "lines", NONE, LIMIT).map((unit) => unit.map(({ group }) => group).join());
        expect(records).toEqual(sequence.join().match(/(event)(,event)*|(notice)(,notice)*/g) ?? []);
      }),
    );
  });

  it("always takes the first, however large: it would never be sent otherwise", () => {
    const large = { events: 500, bytes: MAX_RECORD_BYTES };
    expect(pack([large, large], "lines", NONE, { records: 500, bytes: 1_000 })).toEqual([[large]]);
  });

  it("goes on where a call holds something already", () => {
    const runs = [
      { events: 1, bytes: 500 },
      { events: 1, bytes: 600 },
    ];
    expect(pack(runs, "lines", { records: 1, bytes: 400 }, { records: 500, bytes: 1_000 })).toEqual([
      [runs[0]],
    ]);
  });

  it("bills what it packs at hardly more than its bytes", () => {
    const runs = Array.from({ length: 200 }, () => ({ events: 10, bytes: 4_200 }));
    const [first = []] = pack(runs, "lines", NONE, LIMIT);
    const { bytes } = total(first);
    expect(billedBytes(bytes) / bytes).toBeLessThan(1.03);
  });
});

it("packing events counts each line as a record", () => {
  const runs = Array.from({ length: 20 }, () => ({ events: 30, bytes: 9_000 }));
  expect(pack(runs, "event", NONE, LIMIT).map((unit) => unit.length)).toEqual(Array(16).fill(1));
});
