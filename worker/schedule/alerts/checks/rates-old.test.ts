import { expect, it } from "vitest";
import { checkRates } from "./rates-old.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");

const check = (...days: string[]) =>
  checkRates(
    days.map((day) => ({ valid_from: `${day}T00:00:00.000Z` })),
    NOW,
  );

it("rates are as old as the latest of them: currencies that are gone do not count", () => {
  expect(check("2026-11-20", "2022-12-30")).toEqual({ kind: "fine" });
  expect(check("2026-11-15")).toEqual({ kind: "fine" });
});

it("rates of more than a week ago are old", () => {
  expect(check("2026-11-14", "2026-11-12")).toEqual({
    kind: "firing",
    since: Date.parse("2026-11-14T00:00:00.000Z"),
    detail: "the latest exchange rates are 7 days old",
  });
});

it("where there never were any, it is the cron that fails", () => {
  expect(check()).toEqual({ kind: "unknown" });
});
