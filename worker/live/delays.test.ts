import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDelay, countOf, type Delays, percentile } from "./delays.ts";

const delaysOf = (times: readonly number[]) => {
  const delays: Delays = new Map();
  for (const ms of times) addDelay(delays, ms, 1);
  return delays;
};

describe("how long events took", () => {
  it("is told to 10 % and half a millisecond, from 10 ms to a day", () => {
    const times = fc.array(fc.integer({ min: 11, max: 86_400_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(times, fc.constantFrom(50, 95, 99), (ms, percent) => {
        const exact = ms.toSorted((a, b) => a - b)[Math.ceil((ms.length * percent) / 100) - 1] ?? 0;
        expect(Math.abs(percentile(delaysOf(ms), percent) - exact)).toBeLessThan(exact * 0.1 + 0.5);
      }),
    );
  });

  it("is nothing where none was counted", () => {
    expect([percentile(new Map(), 99), countOf(new Map())]).toEqual([0, 0]);
  });

  it("takes a bounded number of buckets, though a clock be set back or a queue stand still for years", () => {
    const delays = delaysOf([-5, 0, 1e15, ...Array.from({ length: 5_000 }, (_, i) => 1.01 ** i)]);
    expect(delays.size).toBeLessThan(100);
    expect(countOf(delays)).toBe(5_003);
  });

  it("counts events that came together as so many", () => {
    const delays = delaysOf([10_000]);
    addDelay(delays, 100, 99);
    expect(percentile(delays, 99)).toBeLessThan(110);
    expect(percentile(delays, 100)).toBeGreaterThan(9_000);
  });
});
