import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, robustZ } from "./robust-z.ts";

/** Money has cents. */
const amount = (min: number) => fc.integer({ min, max: 100_000_000 }).map((cents) => cents / 100);
const amounts = fc.array(amount(0), { minLength: 14, maxLength: 28 });

describe("the median", () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7], 7],
  ])("of %j is %d", (values, middle) => expect(median(values)).toBe(middle));

  it("has as many values below it as above, and does not touch its input", () => {
    fc.assert(
      fc.property(amounts, (values) => {
        const before = [...values];
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect([below <= values.length / 2, above <= values.length / 2, values]).toEqual([
          true,
          true,
          before,
        ]);
      }),
    );
  });
});

describe("the robust z-score", () => {
  it("is that of the literature's definition", () => {
    // Median 5, absolute deviations 4, 3, 1, 0, 1, 3, 4: their median is 3.
    expect(robustZ(20, [1, 2, 4, 5, 6, 8, 9], 0)).toBeCloseTo((0.6745 * 15) / 3, 10);
  });

  it("is 0 of the median, and grows with the distance, up and down alike", () => {
    fc.assert(
      fc.property(amounts, amount(1), (values, distance) => {
        const middle = median(values);
        fc.pre(middle > 0);
        const z = (value: number) => robustZ(value, values, 0.1);
        expect(z(middle)).toBe(0);
        expect(-z(middle + distance) / z(middle - distance)).toBeCloseTo(1, 6);
        expect(z(middle + 2 * distance)).toBeGreaterThan(z(middle + distance));
      }),
    );
  });

  it("is moved by a wild day no further than by one of any size above the median", () => {
    const usual = Array.from({ length: 27 }, (_, i) => 90 + i);
    expect(robustZ(50, [...usual, 1e9], 0.1)).toBe(robustZ(50, [...usual, 200], 0.1));
  });

  it("is finite where values never vary, by the floor", () => {
    expect(robustZ(152, Array(20).fill(100), 0.1)).toBeCloseTo(3.5074, 4);
  });
});
