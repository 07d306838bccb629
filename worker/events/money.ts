import { CURRENCIES } from "./currencies.ts";
import type { Fields } from "./fields.ts";
import { isJsonObject } from "./predicate.ts";

/** Decimals of a price, and of what one impression of an advertisement earns, which ad networks tell in millionths. */
export const PRICE_DECIMALS = 4;
export const REVENUE_DECIMALS = 6;

const DIGITS = /^\d{1,40}(?:\.\d{1,40})?$/;
const SCIENTIFIC = /^(\d{1,20})(?:\.(\d{1,20}))?[eE]([+-]?\d{1,2})$/;

/**
 * The exact decimal that an amount stands for, or undefined where it is none: negative, not a number, or more than 15 digits
 * before the point or `maxDecimals` after it. What is written plainly is kept to the letter: `"4.50"` stays `"4.50"`.
 */
export function toDecimal(value: string | number, maxDecimals: number): string | undefined {
  const written = String(value);
  if (isPlain(written, maxDecimals)) return written;
  const plain = withoutExponent(written);
  if (!DIGITS.test(plain)) return undefined;
  const shortest = withoutExcessZeros(plain);
  return isPlain(shortest, maxDecimals) ? shortest : undefined;
}

const PLAIN = /^(?:0|[1-9]\d{0,14})(?:\.(\d{1,6}))?$/;

function isPlain(written: string, maxDecimals: number): boolean {
  const match = PLAIN.exec(written);
  return match !== null && (match[1]?.length ?? 0) <= maxDecimals;
}

/** `1.5e3` → `1500`, by moving the point. */
function withoutExponent(written: string): string {
  const match = SCIENTIFIC.exec(written);
  if (!match) return written;
  const [, whole = "", fraction = "", exponent] = match;
  const point = whole.length + Number(exponent);
  const digits = (whole + fraction).padStart(whole.length + fraction.length + Math.max(0, 1 - point), "0");
  const at = Math.max(1, point);
  return `${digits.slice(0, at).padEnd(at, "0")}.${digits.slice(at) || "0"}`;
}

/** `004.990000` → `4.99`: zeros carry no value, so they cannot make an amount too long. */
function withoutExcessZeros(plain: string): string {
  return plain
    .replace(/^0+(?=\d)/, "")
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

/** Whether `amount` has more decimals than its currency: JPY has none, KWD three. */
export function exceedsMinorUnits(amount: string, currency: string): boolean {
  const minorUnits = CURRENCIES.get(currency) ?? Number.POSITIVE_INFINITY;
  const fraction = amount.split(".")[1] ?? "";
  return fraction.replace(/0+$/, "").length > minorUnits;
}

/** An amount written so long that a double may not hold it: 15 significant digits always survive one. */
const LONG_AMOUNT = /"(?:price|revenue)"\s*:\s*-?[\d.]{16}/;

/**
 * Parses JSON like `JSON.parse`, but keeps an amount that a double could not hold exactly as the text that was sent.
 * Reading every number's source costs six times the parsing, so it is done only for a text that has such an amount.
 */
export function parseJsonExactly(text: string): unknown {
  return LONG_AMOUNT.test(text) ? JSON.parse(text, keepLongAmounts()) : JSON.parse(text);
}

/** A reviver: children come before what holds them, so that what holds an amount is known for no event only after it was kept. */
function keepLongAmounts() {
  const numbers = new WeakMap<object, Fields>();
  return function keep(this: unknown, key: string, value: unknown, context?: { source?: string }): unknown {
    if (isJsonObject(value) && !isPlaceOfEvent(this, key)) return Object.assign(value, numbers.get(value));
    const isAmount = typeof value === "number" && (key === "price" || key === "revenue");
    const source = context?.source ?? "";
    if (!isAmount || !isJsonObject(this) || source.length <= 15) return value;
    numbers.set(this, { ...numbers.get(this), [key]: value });
    return source;
  };
}

/** An event stands in a list or by itself, and part of it in `defaults`: what its properties call a price stays the number that it is. */
const isPlaceOfEvent = (holder: unknown, key: string) =>
  Array.isArray(holder) || key === "" || key === "defaults";
