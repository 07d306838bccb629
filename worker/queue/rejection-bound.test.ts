import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RejectionBound } from "./rejection-bound.ts";

const MINUTE_MS = 60_000;

describe("lines about rejected events", () => {
  it("are a hundred a minute for a key, and as many for any other", () => {
    const bound = new RejectionBound();
    const admitted = [60, 30, 30, 1].map((wanted) => bound.admit("ada", wanted, 0));
    expect(admitted).toEqual([60, 30, 10, 0]);
    expect(bound.admit("bo", 500, 0)).toBe(100);
  });

  it("are a thousand a minute for a queue, whoever causes them", () => {
    const bound = new RejectionBound();
    const admitted = Array.from({ length: 12 }, (_, key) => bound.admit(`key ${key}`, 95, 0));
    expect(admitted).toEqual([...Array(10).fill(95), 50, 0]);
    expect(bound.admit("key 11", 95, MINUTE_MS)).toBe(95);
  });

  it("are counted anew with each minute of the clock", () => {
    const bound = new RejectionBound();
    const admitted = [0, MINUTE_MS - 1, MINUTE_MS, 2 * MINUTE_MS - 1, 9 * MINUTE_MS].map((now) =>
      bound.admit("ada", 70, now),
    );
    expect(admitted).toEqual([70, 30, 70, 30, 70]);
  });

  it("are as many as are asked for, unless a bound is reached", () => {
    const asked = fc.record({
      key: fc.constantFrom(..."abcdefghijklmnop"),
      wanted: fc.nat(150),
      afterMs: fc.oneof(fc.constant(0), fc.nat(MINUTE_MS)),
    });
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 60 }), (asks) => {
        const bound = new RejectionBound();
        const counts = new Map<string, number>();
        const count = (name: string) => counts.get(name) ?? 0;
        let now = 0;
        for (const { key, wanted, afterMs } of asks) {
          now += afterMs;
          const minute = `${Math.floor(now / MINUTE_MS)}`;
          const keysMinute = `${minute} ${key}`;
          const admitted = bound.admit(key, wanted, now);
          expect(admitted).toBe(Math.min(wanted, 100 - count(keysMinute), 1_000 - count(minute)));
          counts.set(keysMinute, count(keysMinute) + admitted);
          counts.set(minute, count(minute) + admitted);
        }
      }),
    );
  });
});
