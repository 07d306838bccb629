import { describe, expect, it } from "vitest";
import { dayOf } from "../../history/day.ts";
import { checkSilence } from "./silence.ts";

const NOW = Date.parse("2026-11-21T14:20:00.000Z");
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What is known of a game that sent in these hours on each of so many days before. */
const sentBefore = (days: number, hours: number[], now = NOW) =>
  new Map(
    Array.from({ length: days }, (_, i) => [
      dayOf(now - (i + 1) * DAY_MS),
      { hours: Object.fromEntries(hours.map((hour) => [hour, 7])) },
    ]),
  );

const ago = (ms: number) => ({ lastReceivedAt: NOW - ms });

describe("a game that usually sends at this time", () => {
  const usual = sentBefore(7, [12, 13, 14]);

  it("is silent after an hour of nothing, and not before", () => {
    expect(checkSilence(ago(HOUR_MS - 1), usual, NOW)).toEqual({ kind: "fine" });
    expect(checkSilence(ago(HOUR_MS), usual, NOW)).toEqual({
      kind: "firing",
      since: NOW - HOUR_MS,
      detail: "nothing came for 60 minutes, at a time at which the game usually sends",
    });
  });

  it("is one that does so on most of seven days", () => {
    expect(checkSilence(ago(HOUR_MS), sentBefore(4, [13, 14]), NOW)).toMatchObject({ kind: "firing" });
    expect(checkSilence(ago(HOUR_MS), sentBefore(3, [13, 14]), NOW)).toEqual({ kind: "unknown" });
  });
});

describe("of a game that usually sends nothing at this time", () => {
  it("silence is neither good nor bad news: an incident of the day before stays open", () => {
    expect(checkSilence(ago(3 * HOUR_MS), sentBefore(7, [12, 13]), NOW)).toEqual({ kind: "unknown" });
    expect(checkSilence(ago(3 * HOUR_MS), new Map(), NOW)).toEqual({ kind: "unknown" });
  });

  it("an hour over midnight is compared with the same hours", () => {
    const now = Date.parse("2026-11-21T00:20:00.000Z");
    const days = new Map([
      ...sentBefore(6, [0, 23], now),
      [dayOf(now - 7 * DAY_MS), { hours: { 0: 1 } }],
      [dayOf(now - 8 * DAY_MS), { hours: { 23: 1 } }],
    ]);
    expect(checkSilence({ lastReceivedAt: now - HOUR_MS }, days, now)).toMatchObject({ kind: "firing" });
  });
});

it("a game that never sent, or not for more than a week, is not missed", () => {
  const usual = sentBefore(7, [13, 14]);
  expect(checkSilence({ lastReceivedAt: null }, usual, NOW)).toEqual({ kind: "fine" });
  expect(checkSilence(ago(7 * DAY_MS + 1), usual, NOW)).toEqual({ kind: "fine" });
});
