import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ID_BYTES } from "../../events/ids.ts";
import { IdSet, wordsOf } from "./id-set.ts";

/** Few different ids, so that some meet; the nil one among them. */
const smallId = fc.nat(40).map((n) => {
  const id = new Uint8Array(ID_BYTES);
  id[15] = n;
  return id;
});
const id = fc.oneof(smallId, fc.uint8Array({ minLength: ID_BYTES, maxLength: ID_BYTES }));

describe("an id set", () => {
  it("holds what a plain set holds", () => {
    fc.assert(
      fc.property(fc.array(id, { maxLength: 300 }), (ids) => {
        const set = new IdSet();
        const plain = new Set<string>();
        for (const bytes of ids) {
          const isNew = !plain.has(bytes.join());
          plain.add(bytes.join());
          expect([set.has(wordsOf(bytes), 0), set.add(wordsOf(bytes), 0)]).toEqual([!isNew, isNew]);
        }
        expect(set.size).toBe(plain.size);

        const bytes = new Uint8Array(set.toWords().buffer);
        const listed = Array.from({ length: set.size }, (_, i) =>
          bytes.slice(i * ID_BYTES, (i + 1) * ID_BYTES),
        );
        expect(listed.map((one) => one.join()).toSorted()).toEqual([...plain].toSorted());
      }),
    );
  });

  it("reads ids wherever they lie in memory", () => {
    const bytes = Uint8Array.from({ length: 3 * ID_BYTES }, (_, i) => i);
    for (const at of [0, 1, 4, ID_BYTES + 2]) {
      const set = new IdSet();
      set.add(wordsOf(bytes.subarray(at, at + ID_BYTES)), 0);
      expect(set.has(wordsOf(bytes.slice(at, at + ID_BYTES)), 0)).toBe(true);
    }
  });
});
