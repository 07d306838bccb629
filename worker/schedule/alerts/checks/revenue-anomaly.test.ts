import { describe, expect, it } from "vitest";
import { dayOf, type Revenue } from "../../history/day.ts";
import { checkRevenue } from "./revenue-anomaly.ts";

const NOW = Date.parse("2026-11-21T14:09:00.000Z");
const HOUR = Date.parse("2026-11-21T13:00:00.000Z");
const DAY_MS = 86_400_000;

/** What the hour before now brought, and what the same hour did on the days before, the latest first. */
const check = (revenue: Revenue, before: Revenue[]) =>
  checkRevenue(
    new Map(
      [revenue, ...before].map((amounts, i) => [
        dayOf(NOW - i * DAY_MS),
        { revenue: { 13: amounts, 14: { EUR: "9999" } } },
      ]),
    ),
    NOW,
  );

const verdicts = (revenue: Revenue, before: Revenue[]) =>
  check(revenue, before).map(({ about, verdict }) => [about, verdict.kind]);

/** Days on which the hour brought between 80 and 120. */
const usual = (days: number, currency = "EUR"): Revenue[] =>
  Array.from({ length: days }, (_, i) => ({ [currency]: String(80 + ((i * 17) % 41)) }));

describe("an hour's revenue", () => {
  it("is compared with the same hour of other days, and told with its distance", () => {
    expect(check({ EUR: "12.50" }, usual(28))).toEqual([
      {
        check: "revenue_anomaly",
        about: "EUR",
        verdict: {
          kind: "firing",
          since: HOUR,
          detail: "EUR 12.50 in the hour, where 99.50 is usual at that time of day (z = -5.6)",
        },
      },
    ]);
  });

  it.each([
    ["usual", "95", "fine"],
    ["far too little", "0", "firing"],
    ["far too much", "400", "firing"],
  ])("that is %s (%s) is %s", (_, amount, kind) => {
    expect(verdicts({ EUR: amount }, usual(28))).toEqual([["EUR", kind]]);
  });

  it("that brought nothing at all is one of 0", () => {
    expect(verdicts({}, usual(28))).toEqual([["EUR", "firing"]]);
  });

  it("is judged from 14 days on, and by no more than 28", () => {
    expect(verdicts({ EUR: "5000" }, usual(13))).toEqual([["EUR", "fine"]]);
    expect(verdicts({ EUR: "5000" }, usual(14))).toEqual([["EUR", "firing"]]);
    const longAgo = Array.from({ length: 200 }, () => ({ EUR: "5000" }));
    expect(verdicts({ EUR: "5000" }, [...usual(28), ...longAgo])).toEqual([["EUR", "firing"]]);
  });

  it("is judged for each currency by itself", () => {
    const before = usual(28).map((day, i) => ({ ...day, ...usual(28, "JPY")[i] }));
    expect(verdicts({ EUR: "5000", JPY: "100" }, before)).toEqual([
      ["EUR", "firing"],
      ["JPY", "fine"],
    ]);
  });

  it("is not judged where that hour usually brings nothing", () => {
    const seldom = Array.from({ length: 28 }, (_, i): Revenue => (i % 3 === 0 ? { EUR: "4.99" } : {}));
    expect(verdicts({ EUR: "499" }, seldom)).toEqual([["EUR", "fine"]]);
  });

  it("of a game that always earns the same may be half as much more without being an anomaly", () => {
    const same = Array.from({ length: 28 }, () => ({ EUR: "100" }));
    expect(verdicts({ EUR: "150" }, same)).toEqual([["EUR", "fine"]]);
    expect(verdicts({ EUR: "153" }, same)).toEqual([["EUR", "firing"]]);
  });

  it("is not judged where it is not known", () => {
    expect(checkRevenue(new Map([[dayOf(NOW), { revenue: { 14: { EUR: "5000" } } }]]), NOW)).toEqual([]);
  });
});
