import { expect, it } from "vitest";
import { checkRejectRate } from "./reject-rate.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const HOUR_MS = 3_600_000;

/** So much came in the last hour; a million good events before it count no more. */
const check = (received: number, rejected: number) =>
  checkRejectRate({
    recent: [
      { at: NOW - HOUR_MS, received: 1_000_000, rejected: 5, dead_lettered: 0 },
      { at: NOW - HOUR_MS / 2, received: 1_000_000 + received, rejected: 5, dead_lettered: 0 },
      { at: NOW, received: 1_000_000 + received, rejected: 5 + rejected, dead_lettered: 0 },
    ],
  });

it.each([
  ["nothing came", 0, 0],
  ["too few came to tell", 99, 99],
  ["exactly as many as may be", 100, 5],
])("is fine where %s", (_, received, rejected) => {
  expect(check(received, rejected)).toEqual({ kind: "fine" });
});

it.each([
  [100, 6, "6.0 % of 100 events in the last hour were rejected"],
  [1_000, 1_000, "100.0 % of 1,000 events in the last hour were rejected"],
])("is too high where of %i events %i were rejected", (received, rejected, detail) => {
  expect(check(received, rejected)).toEqual({ kind: "firing", since: NOW - HOUR_MS, detail });
});

it("is not known before there was a check", () => {
  expect(checkRejectRate({ recent: [] })).toEqual({ kind: "unknown" });
});
