import type { PurchaseEvent } from "../../sdk/events.ts";

/** What players paid, by currency, in millionths of its unit: no price has more decimals. */
export type Spending = Map<string, bigint>;

const DECIMALS = 6;

/** Adds a purchase: price × quantity, exactly. */
export function pay(
  spending: Spending,
  { price, currency, quantity = 1 }: Pick<PurchaseEvent, "price" | "currency" | "quantity">,
): void {
  const [whole = "", decimals = ""] = String(price).split(".");
  const paid = BigInt(whole + decimals.padEnd(DECIMALS, "0")) * BigInt(quantity);
  spending.set(currency, (spending.get(currency) ?? 0n) + paid);
}

/** Each currency's sum as the warehouse writes it: `{ EUR: "12.470000" }`. */
export function amountsOf(spending: Spending): Record<string, string> {
  const sums = [...spending].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sums.map(([currency, sum]) => [currency, decimalOf(sum)]));
}

/** For people: `12.47 EUR, 3000 JPY`. */
export function describeSpending(spending: Spending): string {
  const sums = Object.entries(amountsOf(spending)).map(
    ([currency, sum]) => `${withoutZeros(sum)} ${currency}`,
  );
  return sums.join(", ") || "nothing";
}

function decimalOf(millionths: bigint): string {
  const digits = millionths.toString().padStart(DECIMALS + 1, "0");
  return `${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`;
}

function withoutZeros(decimal: string): string {
  return decimal.replace(/\.?0+$/, "");
}
