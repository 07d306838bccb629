import { expect, it } from "vitest";
import { amountsOf, describeSpending, pay, type Spending } from "./spending.ts";

it("adds up what was paid, by currency, without rounding", () => {
  const spending: Spending = new Map();
  pay(spending, { price: "0.1", currency: "EUR" });
  pay(spending, { price: "0.2", currency: "EUR", quantity: 2 });
  pay(spending, { price: "1.500", currency: "KWD" });
  pay(spending, { price: "3000", currency: "JPY" });
  expect(amountsOf(spending)).toEqual({ EUR: "0.500000", JPY: "3000.000000", KWD: "1.500000" });
  expect(describeSpending(spending)).toBe("0.5 EUR, 3000 JPY, 1.5 KWD");
});

it("says that nothing was paid", () => {
  expect(describeSpending(new Map())).toBe("nothing");
});
