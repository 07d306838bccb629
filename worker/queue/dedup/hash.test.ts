import { describe, expect, it } from "vitest";
import { IdHash, randomHashKey } from "./hash.ts";

/** Ids as an attacker, or a careless client, would choose them: alike in all but some bits of one word. */
const CHOSEN: Record<string, (n: number) => [number, number, number, number]> = {
  "count in the last word": (n) => [7, 7, 7, n],
  "count in the first word": (n) => [n, 7, 7, 7],
  "differ in high bits alone": (n) => [7, n << 18, 7, 7],
  "repeat a word": (n) => [n, n, n, n],
};

describe("the hash of an id", () => {
  it.each(Object.entries(CHOSEN))("spreads ids evenly that %s", (_, idOf) => {
    const hash = new IdHash(randomHashKey());
    const PLACES = 256;
    const IDS_A_PLACE = 64;
    const low = new Uint32Array(PLACES);
    const high = new Uint32Array(PLACES);
    for (let n = 0; n < PLACES * IDS_A_PLACE; n++) {
      const value = hash.of(Uint32Array.from(idOf(n)), 0);
      low[value % PLACES] = (low[value % PLACES] ?? 0) + 1;
      high[value >>> 24] = (high[value >>> 24] ?? 0) + 1;
    }
    // Eight standard deviations: chance does not get there.
    for (const count of [...low, ...high]) expect(Math.abs(count - IDS_A_PLACE)).toBeLessThan(64);
  });

  it("is another one under another key, and the same one under the same", () => {
    const key = randomHashKey();
    const id = Uint32Array.of(1, 2, 3, 4);
    expect(new IdHash(key).of(id, 0)).toBe(new IdHash(key.slice()).of(id, 0));
    const values = new Set(Array.from({ length: 32 }, () => new IdHash(randomHashKey()).of(id, 0)));
    expect(values.size).toBe(32);
  });
});
