import { expect, it } from "vitest";
import { byType, byVerdict, inWords, piledUp } from "./series.ts";

const minute = (at: string, events: Record<string, number>, rejected = 0) => ({
  at,
  accepted: Object.values(events).reduce((sum, count) => sum + count, 0),
  duplicates: 0,
  rejected,
  events,
});

const MINUTES = [
  minute("1970-01-01T00:01:00.000Z", { purchase: 3, custom: 9 }, 1),
  minute("1970-01-01T00:02:00.000Z", { custom: 2 }),
];

it("a type without events has no series, and each type keeps its colour", () => {
  expect(byType(MINUTES)).toEqual({
    moments: [60, 120],
    series: [
      { name: "purchase", color: 4, values: [3, 0] },
      { name: "custom", color: 9, values: [9, 2] },
    ],
  });
});

it("verdicts are all there, even where there are none", () => {
  expect(byVerdict(MINUTES).series.map(({ name, values }) => [name, values])).toEqual([
    ["accepted", [12, 2]],
    ["duplicates", [0, 0]],
    ["rejected", [1, 0]],
  ]);
});

it("a stack stands on what is below", () => {
  expect(piledUp(byType(MINUTES))).toEqual([
    [3, 0],
    [12, 2],
  ]);
});

it("a chart can be said in words, the most first", () => {
  expect(inWords(byType(MINUTES))).toBe("In 2 minutes: 11 custom, 3 purchase.");
  expect(inWords(byType([minute("1970-01-01T00:01:00.000Z", {})]))).toBe("None in 1 minutes.");
});
