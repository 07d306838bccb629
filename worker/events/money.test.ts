import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exceedsMinorUnits, PRICE_DECIMALS, parseJsonExactly, REVENUE_DECIMALS, toDecimal } from "./money.ts";

describe("a price", () => {
  it.each([
    ["4.99", "4.99"],
    ["4.50", "4.50"],
    [4.99, "4.99"],
    [0, "0"],
    ["0004.99", "4.99"],
    ["4.990000", "4.99"],
    [1e3, "1000"],
    ["1.5e3", "1500"],
    ["25e-2", "0.25"],
    ["123456789012345.6789", "123456789012345.6789"],
  ])("%s is the decimal %s", (sent, decimal) => expect(toDecimal(sent, PRICE_DECIMALS)).toBe(decimal));

  it.each([
    "",
    "x",
    "-1",
    "1.23456",
    "1234567890123456",
    "1,99",
    "$4",
    " 4.99",
    "4.",
    "1e99",
    "NaN",
    "Infinity",
  ])("%s is none", (sent) => expect(toDecimal(sent, PRICE_DECIMALS)).toBeUndefined());

  it("may have more decimals where it is what an impression earned", () => {
    expect([toDecimal("0.000123", REVENUE_DECIMALS), toDecimal("0.000123", PRICE_DECIMALS)]).toEqual([
      "0.000123",
      undefined,
    ]);
  });

  it("never changes its value, however it is written", () => {
    const cents = fc.bigInt({ min: 0n, max: 10n ** 19n - 1n });
    fc.assert(
      fc.property(cents, fc.nat(5), fc.nat(5), (tenThousandths, leading, trailing) => {
        const digits = tenThousandths.toString().padStart(5, "0");
        const written = `${"0".repeat(leading)}${digits.slice(0, -4)}.${digits.slice(-4)}${"0".repeat(trailing)}`;
        const [whole = "", fraction = ""] = (toDecimal(written, PRICE_DECIMALS) ?? "").split(".");
        expect(BigInt(whole + fraction.padEnd(4, "0"))).toBe(tenThousandths);
      }),
    );
  });

  it("as a JSON number never passes through a double", () => {
    const whole = fc.bigInt({ min: 0n, max: 10n ** 15n - 1n });
    const fraction = fc.stringMatching(/^\d{1,4}$/);
    fc.assert(
      fc.property(whole, fraction, (before, after) => {
        const parsed = parseJsonExactly(`[{"event_type":"purchase","price" : ${before}.${after}}]`);
        const [{ price }] = parsed as [{ price: string | number }];
        expect(Number.parseFloat(`0.${(toDecimal(price, PRICE_DECIMALS) ?? "").split(".")[1] ?? "0"}`)).toBe(
          Number.parseFloat(`0.${after}`),
        );
        expect((toDecimal(price, PRICE_DECIMALS) ?? "").split(".")[0]).toBe(before.toString());
      }),
    );
  });

  it("is exact where the envelope says the type, or the price itself, for all", () => {
    const text =
      '{"defaults":{"event_type":"purchase","price":123456789012345.6789},"events":[{"price":123456789012345.0001}]}';
    expect(parseJsonExactly(text)).toEqual({
      defaults: { event_type: "purchase", price: "123456789012345.6789" },
      events: [{ price: "123456789012345.0001" }],
    });
  });

  it("leaves every other number of the request a number", () => {
    const properties = '{"seed":12345678901234567890,"price":0.12345678901234567}';
    const text = `{"event_type":"purchase","price":123456789012345.6789,"properties":${properties},"value":0.1}`;
    expect(parseJsonExactly(text)).toEqual({
      event_type: "purchase",
      price: "123456789012345.6789",
      properties: JSON.parse(properties),
      value: 0.1,
    });
  });
});

describe("a currency's minor units", () => {
  it.each([
    ["650", "JPY", false],
    ["650.00", "JPY", false],
    ["650.5", "JPY", true],
    ["4.99", "USD", false],
    ["4.999", "USD", true],
    ["1.500", "KWD", false],
    ["1.5001", "KWD", true],
  ])("%s %s: too many decimals is %s", (amount, currency, exceeds) => {
    expect(exceedsMinorUnits(amount, currency)).toBe(exceeds);
  });
});
