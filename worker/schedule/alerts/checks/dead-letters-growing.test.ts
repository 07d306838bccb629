import { expect, it } from "vitest";
import { checkDeadLetters } from "./dead-letters-growing.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const MINUTE_MS = 60_000;

/** What an hour's checks saw, every twenty minutes. */
const check = (events: number, ...seen: number[]) => {
  const sample = (dead_lettered: number, index: number) => ({
    at: NOW - (seen.length - 1 - index) * 20 * MINUTE_MS,
    received: 0,
    rejected: 0,
    dead_lettered,
  });
  return checkDeadLetters({ recent: seen.map(sample) }, { events, bytes: events * 400 }, NOW);
};

it("dead letters that are there already are no news, new ones are, even where they were purged meanwhile", () => {
  expect(check(17, 17, 17, 17, 17)).toEqual({ kind: "fine" });
  expect(check(17, 14, 14, 15, 17)).toEqual({
    kind: "firing",
    since: NOW - 20 * MINUTE_MS,
    detail: "3 events became dead letters in the last hour; 17 events are kept in all",
  });
  expect(check(0, 17, 17, 17, 18)).toEqual({
    kind: "firing",
    since: NOW,
    detail: "1 event became a dead letter in the last hour; 0 events are kept in all",
  });
});

it("an erasure or a rate among them, which is no event, is told until it is replayed or purged", () => {
  expect(checkDeadLetters({ recent: [] }, { events: 0, bytes: 412 }, NOW)).toEqual({
    kind: "firing",
    since: NOW,
    detail: "412 bytes of erasures or exchange rates are dead letters",
  });
});

it("a queue that was restored to what it was has no fewer of them", () => {
  expect(check(17, 20, 17, 17, 17)).toEqual({ kind: "fine" });
});
