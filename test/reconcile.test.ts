import { expect, test } from "vitest";
import type { Standing } from "../bench/faults/book.ts";
import { accountingProblems, problemsOf, reconcile } from "../bench/faults/reconcile.ts";
import { NO_TOTALS, type QueueStats } from "../worker/queue/stats.ts";

const book = (standings: Record<string, Standing>) => new Map(Object.entries(standings));
const found = (delivered: Record<string, number>, deadLettered: Record<string, number> = {}) => ({
  delivered: new Map(Object.entries(delivered)),
  deadLettered: new Map(Object.entries(deadLettered)),
});
const NOTHING_WRONG = { lost: [], duplicated: [], unexplained: [], uncalledFor: [], unsettled: [] };

test("every acknowledged event is delivered or a dead letter, once", () => {
  const sent = book({ a: "acknowledged", b: "acknowledged", c: "rejected" });
  const reconciled = reconcile(sent, found({ a: 1 }, { b: 1 }), new Map());
  expect(reconciled).toEqual({
    acknowledged: 2,
    rejected: 1,
    delivered: 1,
    deadLettered: 1,
    ...NOTHING_WRONG,
  });
  expect(problemsOf(reconciled)).toEqual([]);
});

test("an acknowledged event that is found nowhere is lost", () => {
  const reconciled = reconcile(book({ a: "acknowledged", b: "acknowledged" }), found({ b: 1 }), new Map());
  expect(reconciled).toMatchObject({ ...NOTHING_WRONG, lost: ["a"] });
  expect(problemsOf(reconciled)).toEqual(["1 events were acknowledged, and are found nowhere: a …"]);
});

test("a copy too many is a problem unless it is explained, and only as often as it is", () => {
  const sent = book({ a: "acknowledged", b: "acknowledged", c: "acknowledged" });
  const explained = new Map([
    ["a", 1],
    ["b", 1],
  ]);
  const reconciled = reconcile(sent, found({ a: 2, b: 3, c: 1 }, { c: 1 }), explained);
  expect(reconciled).toMatchObject({
    ...NOTHING_WRONG,
    duplicated: ["a", "b", "c"],
    unexplained: ["b", "c"],
  });
  expect(problemsOf(reconciled)).toEqual(["2 events of 3 that came twice had no reason to: b, c …"]);
});

test("what nobody sent, or what was rejected, must not be found", () => {
  const reconciled = reconcile(book({ a: "rejected" }), found({ a: 1, b: 1 }), new Map());
  expect(reconciled).toMatchObject({ ...NOTHING_WRONG, uncalledFor: ["a", "b"] });
});

test("an event without a verdict may have been delivered, yet must be settled in the end", () => {
  const reconciled = reconcile(book({ a: "waiting", b: "waiting" }), found({ a: 1 }), new Map());
  expect(reconciled).toMatchObject({ ...NOTHING_WRONG, unsettled: ["a", "b"] });
  expect(problemsOf(reconciled)).toEqual(["2 events never got a verdict: a, b …"]);
});

test("a queue's numbers add up, or say where they do not", () => {
  const stats = (totals: object) =>
    ({
      totals: { ...NO_TOTALS, ...totals },
      depth: { events: 2 },
      dead_letters: { events: 1 },
    }) as QueueStats;
  expect(accountingProblems(stats({ received: 13, accepted: 10, duplicates: 3, delivered: 7 }))).toEqual([]);
  expect(
    accountingProblems(stats({ received: 12, accepted: 12, delivered: 6, purged: 2, erased: 1 })),
  ).toEqual([]);
  expect(accountingProblems(stats({ received: 10, accepted: 10, delivered: 8 }))).toEqual([
    "accepted 10 ≠ delivered 8 + depth 2 + dead letters 1 + purged 0 + erased 0",
  ]);
  expect(accountingProblems(stats({ received: 11, accepted: 10, delivered: 7 }))).toEqual([
    "received 11 ≠ accepted 10 + duplicates 0 + rejected 0",
  ]);
});
