import fc from "fast-check";
import { describe, it } from "vitest";
import { predicateOf } from "./predicate.ts";
import { schemas } from "./schemas.ts";

/** Values at and around every limit that a schema has, and of every kind that JSON has. */
const value = fc.oneof(
  fc.constantFrom(
    "",
    "a",
    "x".repeat(64),
    "x".repeat(65),
    "x".repeat(128),
    "x".repeat(129),
    "x".repeat(8_193),
  ),
  fc.constantFrom(
    "USD",
    "usd",
    "US",
    "XXX",
    "de",
    "D",
    "4.99",
    "organic",
    "start",
    "shown",
    "sink",
    "error",
    "-",
  ),
  fc.constantFrom(
    "2026-11-21T12:00:00Z",
    "2026-02-30T12:00:00Z",
    "2026-11-21 12:00:00",
    "2026-11-21T12:00:00+02:00",
  ),
  fc.uuid(),
  fc.constantFrom(0, 1, -1, 0.5, 1e6, 1e6 + 1, 2 ** 48, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom(null, true, undefined, [], ["a"]),
  fc.dictionary(
    fc.string().filter((name) => name !== "__proto__"),
    fc.anything(),
  ),
  fc.dictionary(
    fc.stringMatching(/^[a-z]{1,3}$/),
    fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null)),
  ),
  fc.constant(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i]))),
);

describe.each(Object.entries(schemas))("%s", (_, schema) => {
  it.each(Object.entries(schema.shape))("%s: the predicate agrees with zod", (_, field) => {
    const accepts = predicateOf(field);
    fc.assert(fc.property(value, (candidate) => accepts(candidate) === field.safeParse(candidate).success));
  });
});
