import fc from "fast-check";
import { expect, it } from "vitest";
import { wellFormed } from "./well-formed.ts";

/** As clients write that escape whatever is not ASCII, in either case. */
const escaped = (json: string, isUpper: boolean) =>
  json.replaceAll(/[^\0-\x7f]/g, (unit) => {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${isUpper ? hex.toUpperCase() : hex}`;
  });

it("JSON is read as what it says, but for half surrogate pairs, however it is written", () => {
  const unit = fc.constantFrom(
    "\ud83d",
    "\ude00",
    "\udbff",
    "\udc00",
    "\\",
    "u",
    "d83d",
    "😀",
    "é",
    '"',
    "\n",
    "a",
  );
  fc.assert(
    fc.property(fc.string({ unit }), fc.boolean(), fc.boolean(), (text, isEscaped, isUpper) => {
      const json = JSON.stringify(text);
      const read = JSON.parse(wellFormed(isEscaped ? escaped(json, isUpper) : json));
      expect(read).toBe(text.toWellFormed());
    }),
    { numRuns: 2_000 },
  );
});

it("names that would be one in a line are one before it is written", () => {
  const read = JSON.parse(wellFormed(String.raw`{"\ud800":1,"\uDFFF":2,"a":{"\udc00x":3,"\ud800x":4}}`));
  expect(read).toEqual({ "\ufffd": 2, a: { "\ufffdx": 4 } });
});

it("what is no JSON stays none", () => {
  for (const text of ["\\ud800", '{"a":\\ud83d}', '"\\ud8', '"\\ud8zz"'])
    expect(() => JSON.parse(wellFormed(text))).toThrow();
});
