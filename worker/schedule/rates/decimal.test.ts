import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isJump, rateOf, readDecimal } from "./decimal.ts";

const rate = (a: string, b: string) => {
  const [dividend, divisor] = [readDecimal(a), readDecimal(b)];
  if (dividend === undefined || divisor === undefined) throw new Error("no decimals");
  return rateOf(dividend, divisor);
};

describe("a rate", () => {
  it.each([
    // By hand, to more places than are kept.
    ["1.0543", "1", "1.054300000000"],
    ["1.0543", "157.07", "0.006712293882"], // 0.006712293881708…
    ["1.0543", "0.83425", "1.263769853162"], // 1.263769853161522…
    ["1", "3", "0.333333333333"],
    ["2", "3", "0.666666666667"],
    ["1", "999999999999", "0.000000000001"],
    ["0.1", "999999999999", undefined],
    ["0.5", "999999999999", "0.000000000001"], // 0.00000000000050…: half a unit and more goes up
    ["999999999999", "0.000000000001", "999999999999000000000000.000000000000"],
  ])("of %s for %s units is %s", (a, b, expected) => {
    expect(rate(a, b)).toBe(expected);
  });

  it("is off by half a unit of its last place at most, with exactly 12 places", () => {
    const units = fc.bigInt({ min: 1n, max: 10n ** 12n - 1n });
    const places = fc.integer({ min: 0, max: 6 });
    const decimal = fc.record({ digits: units, places });
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const written = rateOf(a, b) ?? "0.000000000000";
        expect(written).toMatch(/^(?:0|[1-9]\d*)\.\d{12}$/);
        // |written − a / b| ≤ ½ · 10⁻¹², times 2 · b · 10¹² and all powers of ten.
        const kept = BigInt(written.replace(".", "")) * b.digits * 10n ** BigInt(a.places);
        const exact = a.digits * 10n ** BigInt(12 + b.places);
        const distance = kept > exact ? kept - exact : exact - kept;
        expect(2n * distance <= b.digits * 10n ** BigInt(a.places)).toBe(true);
      }),
    );
  });
});

describe("a decimal", () => {
  it.each([
    ["1.0543", { digits: 10_543n, places: 4 }],
    ["0.10", { digits: 10n, places: 2 }],
    ["007", { digits: 7n, places: 0 }],
  ])("%s is read exactly", (text, decimal) => {
    expect(readDecimal(text)).toEqual(decimal);
  });

  it.each([
    "",
    "0",
    "0.000",
    "-1",
    "+1",
    "1e3",
    "1,5",
    "1.",
    ".5",
    " 1",
    "1 ",
    "NaN",
    "Infinity",
    "0x1F",
    "١",
    "1.2.3",
    "1234567890123",
  ])("is not made of %j", (text) => {
    expect(readDecimal(text)).toBe(undefined);
  });
});

describe("a jump", () => {
  it.each([
    ["1.000000000000", "1.200000000000", false],
    ["1.000000000000", "1.200000000001", true],
    ["1.000000000000", "0.800000000000", false],
    ["1.000000000000", "0.799999999999", true],
    ["0.000060000000", "0.000060000000", false],
    ["0.000000000001", "0.000000000002", true],
  ])("from %s to %s: %s", (from, to, expected) => {
    expect(isJump(from, to)).toBe(expected);
  });
});
