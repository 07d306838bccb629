import { describe, expect, it } from "vitest";
import type { Fate } from "./fate.ts";
import { deliveredLots, LATENCY_BOUNDS_S, NO_LATENCY, withDelivered } from "./latency.ts";
import type { Unit } from "./unit.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");

/** A record of rows, each with so many events, that came when. */
const unit = (...lots: { at: number; events: number }[]): Unit => ({
  kind: "event",
  rows: lots.map((lot, seq) => ({
    ...lot,
    seq,
    kind: "event",
    ids: new Uint8Array(),
    lines: new Uint8Array(),
    bytes: 0,
    history: null,
    group: "event 1",
  })),
  held: null,
  events: lots.reduce((sum, { events }) => sum + events, 0),
  bytes: 0,
});

/** How many events were delivered of a record, by when they came. */
const delivered = (record: Unit, fate: Fate) =>
  deliveredLots([record], [fate]).map(({ at, events }) => [at, events]);

const failure = { code: "InternalFailure", message: "m" };

describe("the events of a call that were taken", () => {
  const record = unit({ at: 1, events: 2 }, { at: 2, events: 3 });

  it("are all of a record that was taken, none of one that goes on", () => {
    expect(delivered(record, { kind: "delivered" })).toEqual([
      [1, 2],
      [2, 3],
    ]);
    for (const fate of [
      { kind: "again", attempts: 1, isSuspect: false },
      { kind: "split" },
      { kind: "dead", refused: "all", attempts: 3, failure },
    ] as const)
      expect(delivered(record, fate)).toEqual([]);
  });

  it("are those that were not refused, where each line was a record", () => {
    const left = [
      [1, 1],
      [2, 1],
    ];
    expect(delivered(record, { kind: "partly", refused: [1, 2, 4], attempts: 1 })).toEqual(left);
    expect(delivered(record, { kind: "dead", refused: [1, 2, 4], attempts: 3, failure })).toEqual(left);
  });

  it("do not include the collector's own lines", () => {
    expect(delivered({ ...record, kind: "notice" }, { kind: "delivered" })).toEqual([]);
  });
});

describe("the histogram", () => {
  const countsAt = (counts: Record<number, number>) =>
    NO_LATENCY.counts.map((_, place) => counts[LATENCY_BOUNDS_S[place] ?? Number.POSITIVE_INFINITY] ?? 0);

  it("counts each event once, under the first bound that it does not exceed", () => {
    const lots = [
      { at: NOW - 500, events: 1 },
      { at: NOW - 501, events: 2 },
      { at: NOW - 60_000, events: 4 },
      { at: NOW - 21_600_001, events: 8 },
    ];
    expect(withDelivered(NO_LATENCY, lots, NOW)).toEqual({
      counts: countsAt({ 0.5: 1, 1: 2, 60: 4, [Number.POSITIVE_INFINITY]: 8 }),
      sumMs: 500 + 2 * 501 + 4 * 60_000 + 8 * 21_600_001,
    });
  });

  it("goes on from what was counted before, and takes no event for delivered before it came", () => {
    const before = withDelivered(NO_LATENCY, [{ at: NOW - 2_000, events: 1 }], NOW);
    expect(withDelivered(before, [{ at: NOW + 5_000, events: 3 }], NOW)).toEqual({
      counts: countsAt({ 0.5: 3, 2.5: 1 }),
      sumMs: 2_000,
    });
  });
});
