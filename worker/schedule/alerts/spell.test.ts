import { expect, it } from "vitest";
import { spellCount, spellDuration, spellShare } from "./spell.ts";

it.each([
  [0, "0 seconds"],
  [1_999, "1 second"],
  [119_999, "119 seconds"],
  [120_000, "2 minutes"],
  [119 * 60_000, "119 minutes"],
  [120 * 60_000, "2 hours"],
  [47 * 3_600_000, "47 hours"],
  [9.9 * 86_400_000, "9 days"],
])("%d ms are %s", (ms, text) => expect(spellDuration(ms)).toBe(text));

it("numbers are written to be read", () => {
  expect([spellCount(1, "event"), spellCount(12_000, "event"), spellShare(0.0634)]).toEqual([
    "1 event",
    "12,000 events",
    "6.3 %",
  ]);
});
