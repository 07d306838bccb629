import { expect, it } from "vitest";
import { checkStuckQueue } from "./stuck-queue.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const MINUTE_MS = 60_000;

const check = (events: number, bytes: number, oldest_age_ms: number) =>
  checkStuckQueue({ depth: { events, bytes, oldest_age_ms } }, NOW);

it("a queue is not stuck while nothing waits, or not for longer than ten minutes", () => {
  for (const verdict of [check(0, 0, 0), check(412, 131_840, 10 * MINUTE_MS)])
    expect(verdict).toEqual({ kind: "fine" });
});

it.each([
  [412, 131_840, 14, "412 events (131,840 bytes) wait, the oldest for 14 minutes"],
  [1, 320, 11, "1 event (320 bytes) waits, the oldest for 11 minutes"],
  [0, 2_048, 180, "0 events (2,048 bytes) wait, the oldest for 3 hours"], // exchange rates are lines, and no events
])("%i events, %i bytes that wait for %i minutes are stuck", (events, bytes, minutes, detail) => {
  const since = NOW - minutes * MINUTE_MS;
  expect(check(events, bytes, minutes * MINUTE_MS)).toEqual({ kind: "firing", since, detail });
});
