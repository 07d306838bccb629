import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ID_BYTES } from "../events/ids.ts";
import { DedupWindow, MAX_IDS } from "./dedup.ts";

/** Few different ids, so that some meet; the nil one among them. */
const smallId = fc.nat(40).map((n) => {
  const id = new Uint8Array(ID_BYTES);
  id[15] = n;
  return id;
});
const id = fc.oneof(smallId, fc.uint8Array({ minLength: ID_BYTES, maxLength: ID_BYTES }));
const batch = fc.array(id, { maxLength: 30 });

const packed = (ids: Uint8Array[]) => new Uint8Array(ids.flatMap((bytes) => [...bytes]));

describe("the dedup window", () => {
  it("knows an id for as long as the window lasts, like a map of last sights", () => {
    const windowMs = 1_000;
    const steps = fc.array(fc.record({ wait: fc.nat(700), ids: batch }), { maxLength: 12 });
    fc.assert(
      fc.property(steps, (script) => {
        const window = new DedupWindow(windowMs);
        const firstSeen = new Map<string, number>();
        let now = 0;
        for (const { wait, ids } of script) {
          now += wait;
          const duplicates = new Set(window.add(packed(ids), now));
          for (const [index, bytes] of ids.entries()) {
            const seenAt = firstSeen.get(bytes.join());
            const age = seenAt === undefined ? Number.POSITIVE_INFINITY : now - seenAt;
            if (age < windowMs) expect(duplicates).toContain(index);
            if (age > windowMs * 1.5) expect(duplicates).not.toContain(index);
            if (!duplicates.has(index)) firstSeen.set(bytes.join(), now);
          }
        }
      }),
    );
  });

  it("forgets the oldest where there are too many to remember", () => {
    const window = new DedupWindow(86_400_000);
    const ids = (from: number, count: number) => {
      const words = new Uint32Array(count * 4);
      for (let i = 0; i < count; i++) words[i * 4] = from + i + 1;
      return new Uint8Array(words.buffer);
    };
    for (let from = 0; from < 2 * MAX_IDS; from += 50_000) window.add(ids(from, 50_000), from);
    expect(window.size).toBeLessThanOrEqual(MAX_IDS);
    expect(window.size).toBeGreaterThanOrEqual(MAX_IDS / 2);
    expect(window.add(ids(2 * MAX_IDS - 1, 1), 2 * MAX_IDS)).toEqual([0]);
  });
});
