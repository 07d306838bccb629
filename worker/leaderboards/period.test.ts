import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BOARD_PERIODS } from "../events/board.ts";
import { endOf, periodOf } from "./period.ts";

const at = (time: string) => Date.parse(time);

describe("a period", () => {
  it.each([
    // https://en.wikipedia.org/wiki/ISO_week_date#First_week
    ["2026-11-21T23:59:59.999Z", "2026-11-21", "2026-W47"],
    ["2026-11-23T00:00:00.000Z", "2026-11-23", "2026-W48"],
    ["2026-01-01T00:00:00.000Z", "2026-01-01", "2026-W01"],
    ["2027-01-03T23:59:59.999Z", "2027-01-03", "2026-W53"],
    ["2024-12-30T00:00:00.000Z", "2024-12-30", "2025-W01"],
    ["2022-01-02T00:00:00.000Z", "2022-01-02", "2021-W52"],
  ])("of %s is day %s of week %s", (time, day, week) => {
    expect(BOARD_PERIODS.map((period) => periodOf(period, at(time)))).toEqual([day, week, "all"]);
  });

  it("ends when the next begins", () => {
    expect(endOf("day", "2026-02-28")).toBe(at("2026-03-01T00:00:00Z"));
    expect(endOf("week", "2026-W53")).toBe(at("2027-01-04T00:00:00Z"));
    expect(endOf("all", "all")).toBe(Number.POSITIVE_INFINITY);
    const times = fc.date({ min: new Date("2000-01-01"), max: new Date("2199-12-31"), noInvalidDate: true });
    const run = fc.property(times, fc.constantFrom("day" as const, "week" as const), (time, period) => {
      const end = endOf(period, periodOf(period, +time)) ?? 0;
      expect(end).toBeGreaterThan(+time);
      expect(periodOf(period, end - 1)).toBe(periodOf(period, +time));
      expect(periodOf(period, end)).not.toBe(periodOf(period, +time));
    });
    fc.assert(run);
  });

  it.each([
    ["day", "2026-W47"],
    ["day", "2026-02-30"],
    ["day", "2026-2-3"],
    ["day", "all"],
    ["week", "2026-11-21"],
    ["week", "2026-W00"],
    ["week", "2025-W53"],
    ["week", "2026-W7"],
    ["all", "2026-11-21"],
    ["all", ""],
  ] as const)("by %s is never %s", (period, name) => {
    expect(endOf(period, name)).toBeUndefined();
  });
});
