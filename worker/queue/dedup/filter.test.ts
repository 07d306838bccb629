import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Filter, newBits, spread } from "./filter.ts";

const randomHashes = (count: number) => {
  const hashes = new Uint32Array(count);
  for (let at = 0; at < count; at += 16_384) crypto.getRandomValues(hashes.subarray(at, at + 16_384));
  return hashes;
};

const countPerhaps = (filter: Filter, hashes: Uint32Array) => {
  const bits = newBits();
  return hashes.reduce((sum, hash) => {
    spread(hash, bits);
    return sum + Number(filter.mayHave(hash, bits));
  }, 0);
};

describe("a filter", () => {
  it("never denies what it holds, nor does the one read back from its bytes", () => {
    const hashes = fc
      .array(fc.oneof(fc.nat(50), fc.integer({ min: 0, max: 0xffffffff })), { maxLength: 500 })
      .map((numbers) => Uint32Array.from(numbers));
    fc.assert(
      fc.property(hashes, (held) => {
        const filter = Filter.of(held);
        const stored = filter.bytes.slice();
        expect(countPerhaps(filter, held)).toBe(held.length);
        expect(countPerhaps(new Filter(new Uint32Array(stored.buffer)), held)).toBe(held.length);
      }),
    );
  });

  it.each([
    { ids: 262_144, others: 650, why: "as many as a part holds" },
    { ids: 299_593, others: 330, why: "as many as fit" },
  ])("of $ids ids, $why, takes 512 KiB, and one in $others others for its own at most", ({ ids, others }) => {
    const filter = Filter.of(randomHashes(ids));
    expect(filter.bytes.byteLength).toBe(524_288);
    // In the mean one in 732 and one in 379: the bounds are four standard deviations from them.
    expect(countPerhaps(filter, randomHashes(1_000_000))).toBeLessThan(1_000_000 / others);
  });

  it("of nothing has nothing", () => {
    expect(countPerhaps(Filter.of(new Uint32Array()), randomHashes(1_000))).toBe(0);
  });

  it("stays within 1 MiB however many ids there are, and still denies none of them", () => {
    const hashes = randomHashes(1_000_000);
    const filter = Filter.of(hashes);
    expect(filter.bytes.byteLength).toBe(1_048_576);
    expect(countPerhaps(filter, hashes)).toBe(hashes.length);
  });
});
