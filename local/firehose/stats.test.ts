import { expect, test } from "vitest";
import { countAccepted, NO_STATS } from "./stats.ts";

test("events are lines, and each record is billed in steps of 5 KB", () => {
  const first = countAccepted(NO_STATS, [
    Buffer.from('{"a":1}\n{"a":2}\n'),
    Buffer.alloc(5_120),
    Buffer.alloc(5_121),
  ]);
  expect(first).toEqual({ calls: 1, records: 3, events: 2, bytes: 10_257, billed_bytes: 20_480 });
  expect(countAccepted(first, [Buffer.from("\n")])).toEqual({
    calls: 2,
    records: 4,
    events: 3,
    bytes: 10_258,
    billed_bytes: 25_600,
  });
});

test("a call of which nothing was taken does not count", () => {
  expect(countAccepted(NO_STATS, [])).toEqual(NO_STATS);
});
