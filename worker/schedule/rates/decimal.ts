/** Places of a rate after the point, as many as the warehouse keeps: NUMBER(38,12). */
const RATE_DECIMALS = 12;

/** By more than one part in so many a rate jumps: 20 %. */
const JUMP_PART = 5n;

/** A decimal number: `digits / 10 ** places`. */
export interface Decimal {
  digits: bigint;
  places: number;
}

/** Reads a decimal above zero such as `1.0543`; undefined where it is none. */
export function readDecimal(text: string): Decimal | undefined {
  const [, whole = "", fraction = ""] = /^(\d{1,12})(?:\.(\d{1,12}))?$/.exec(text) ?? [];
  const digits = BigInt(whole + fraction);
  return digits > 0n ? { digits, places: fraction.length } : undefined;
}

/** `a / b` as a rate is written, with 12 places, half a unit of the last one rounded up; undefined where that is zero. */
export function rateOf(a: Decimal, b: Decimal): string | undefined {
  const numerator = a.digits * 10n ** BigInt(RATE_DECIMALS + b.places);
  const denominator = b.digits * 10n ** BigInt(a.places);
  const units = (2n * numerator + denominator) / (2n * denominator);
  if (units === 0n) return undefined;
  const digits = units.toString().padStart(RATE_DECIMALS + 1, "0");
  return `${digits.slice(0, -RATE_DECIMALS)}.${digits.slice(-RATE_DECIMALS)}`;
}

/** Whether the second rate is more than 20 % above or below the first. */
export function isJump(from: string, to: string): boolean {
  const [before, after] = [unitsOf(from), unitsOf(to)];
  const difference = after > before ? after - before : before - after;
  return difference * JUMP_PART > before;
}

/** All rates have the same number of places. */
function unitsOf(rate: string): bigint {
  return BigInt(rate.replace(".", ""));
}
