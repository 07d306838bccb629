import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PutOutcome } from "../firehose/outcome.ts";
import { sizeOf } from "../firehose/pack.ts";
import { type Fate, fatesOf } from "./fate.ts";
import type { Held, Unit } from "./unit.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const SLOW = { code: "ServiceUnavailableException", message: "Slow down." };
const BROKEN = { code: "InternalFailure", message: "m" };

/** A record that was refused so often, for a minute; others have been taken since. */
const held = (attempts: number, fields: Partial<Held> = {}): Held => ({
  firstSeq: 1,
  lastSeq: 1,
  attempts,
  since: NOW - 60_000,
  triedAt: NOW - 1_000,
  isSuspect: false,
  ...fields,
});

const unit = (events: number, before: Held | null = null): Unit => ({
  rows: [],
  held: before,
  events,
  bytes: events,
  kind: "event",
});

/** The answer to a call of which these records were refused. */
const answered = (...refused: number[]): PutOutcome => answeredWith(BROKEN, refused);
const answeredWith = (failure: typeof SLOW, refused: number[]): PutOutcome => ({
  kind: "answered",
  failures: new Map(refused.map((index) => [index, failure])),
});
const REFUSED: PutOutcome = { kind: "refused", code: "InvalidArgumentException", message: "m" };

const LINES = { packing: "lines", maxAttempts: 3, lastSuccessAt: NOW } as const;
const EVENT = { ...LINES, packing: "event" } as const;
/** As long as nothing is taken. */
const OUTAGE = { lastSuccessAt: NOW - 60_001 };

const again = (attempts: number, isSuspect = false): Fate => ({ kind: "again", attempts, isSuspect });
const dead = (attempts: number, { refused = "all" as "all" | number[], failure = BROKEN } = {}): Fate => ({
  kind: "dead",
  refused,
  attempts,
  failure,
});

/** What becomes of the one record of a call. */
const fateAlone = (one: Unit, outcome: PutOutcome, circumstances = {}) =>
  fatesOf([one], outcome, { ...LINES, ...circumstances })[0];

describe("what becomes of a record", () => {
  it("follows the answer by index: exactly the refused are sent again", () => {
    const units = [unit(1), unit(2, held(1)), unit(1)];
    expect(fatesOf(units, answered(1), LINES)).toEqual([
      { kind: "delivered" },
      again(2),
      { kind: "delivered" },
    ]);
  });

  it("is told line by line where each is a record", () => {
    const units = [unit(1), unit(2, held(1)), unit(1)];
    expect(fatesOf(units, answered(2, 3), EVENT)).toEqual([
      { kind: "delivered" },
      { kind: "partly", refused: [1], attempts: 2 },
      again(1),
    ]);
  });

  it("waits where some of its lines are refused for good, and others only slowed down", () => {
    for (const [guilty, slow] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const failures = new Map([
        [guilty, BROKEN],
        [slow, SLOW],
      ]);
      expect(fatesOf([unit(3, held(2))], { kind: "answered", failures }, EVENT)).toEqual([
        { kind: "partly", refused: [0, 1], attempts: 2 },
      ]);
    }
  });

  it("is what the answer says of each of its lines, whatever the call holds", () => {
    const calls = fc.record({
      units: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 }),
      isRefused: fc.func(fc.boolean()),
      packing: fc.constantFrom("lines" as const, "event" as const),
      attempts: fc.nat(4),
    });
    fc.assert(
      fc.property(calls, ({ units: sizes, isRefused, packing, attempts }) => {
        const units = sizes.map((events) => unit(events, attempts === 0 ? null : held(attempts)));
        const records = units.flatMap((one) => Array(sizeOf(one, packing).records).fill(one));
        const refused = [...records.keys()].filter((index) => isRefused(index));
        const fates = fatesOf(units, answered(...refused), { ...LINES, packing });

        const told = fates.flatMap((fate, position) => {
          const lines = Array(sizeOf(units[position] ?? unit(0), packing).records).keys();
          return [...lines].map((line) => isTaken(fate, line));
        });
        expect(told).toEqual(records.map((_, index) => !refused.includes(index)));
      }),
    );
  });
});

/** Whether a fate says that a record of its unit was taken. */
function isTaken(fate: Fate, line: number): boolean {
  if (fate.kind === "delivered") return true;
  return "refused" in fate && fate.refused !== "all" && !fate.refused.includes(line);
}

describe("a record of several events", () => {
  it("is split after three refusals, with no proof that anybody is guilty: that loses nothing", () => {
    const fates = [null, held(1), held(2)].map((before) =>
      fateAlone(unit(2, before), answered(0), { ...OUTAGE, maxAttempts: 1 }),
    );
    expect(fates).toEqual([again(1), again(2), { kind: "split" }]);
  });

  it("is split in two though each line is a record, where all of them are refused", () => {
    expect(fatesOf([unit(2, held(2))], answered(0, 1), EVENT)).toEqual([{ kind: "split" }]);
  });

  it("loses to dead letters only the lines that are refused too often, where each is a record", () => {
    expect(fatesOf([unit(3, held(2))], answered(0, 2), EVENT)).toEqual([dead(3, { refused: [0, 2] })]);
  });
});

describe("an event that stands alone", () => {
  it("is dead after so many refusals, where others are taken: in the same call, when it failed first, or since", () => {
    expect(fatesOf([unit(1), unit(1, held(2))], answered(1), { ...LINES, ...OUTAGE })).toEqual([
      { kind: "delivered" },
      dead(3),
    ]);
    expect(fateAlone(unit(1, held(1)), answered(0))).toEqual(again(2));
    expect(fateAlone(unit(1, held(2)), answered(0))).toEqual(dead(3));
    expect(fateAlone(unit(1, held(2)), answered(0), { lastSuccessAt: NOW - 60_000 })).toEqual(dead(3));
  });

  it("is guilty of nothing while nobody's events are taken: an outage, told record by record", () => {
    for (const lastSuccessAt of [null, NOW - 3_600_000, NOW - 60_001]) {
      expect(fateAlone(unit(1, held(2)), answered(0), { lastSuccessAt })).toEqual(again(2));
    }
    const units = [unit(1), unit(1, held(2)), unit(1, held(7))];
    expect(fatesOf(units, answered(0, 1, 2), { ...LINES, ...OUTAGE })).toEqual([
      again(0),
      again(2),
      again(7),
    ]);
  });
});

it("a record that is too much just now is no worse for it, however often that is said", () => {
  const units = [unit(1), unit(1, held(2)), unit(2, held(3)), unit(1, held(9))];
  const fates = fatesOf(units, answeredWith(SLOW, [1, 2, 3]), LINES);
  expect(fates).toEqual([{ kind: "delivered" }, again(2), again(3), again(9)]);
  expect(fatesOf([unit(2, held(9))], answeredWith(SLOW, [1]), EVENT)).toEqual([
    { kind: "partly", refused: [1], attempts: 9 },
  ]);
});

it.each(["throttled", "transient", "permanent"] as const)(
  "a call that was %s as a whole says nothing of what it held",
  (kind) => {
    const units = [unit(1), unit(1, held(7)), unit(2, held(2, { isSuspect: true }))];
    expect(fatesOf(units, { kind, code: "c", message: "m" }, LINES)).toEqual([
      again(0),
      again(7),
      again(2, true),
    ]);
  },
);

describe("a call whose contents are refused", () => {
  it("makes a suspect of each of its records, and counts against none", () => {
    expect(fatesOf([unit(1), unit(2, held(7))], REFUSED, LINES)).toEqual([again(0, true), again(7, true)]);
  });

  it("and holds but one record shows the guilty: it is split until it is one event, and that is dead", () => {
    const suspect = held(0, { isSuspect: true });
    expect(fateAlone(unit(2, suspect), REFUSED, OUTAGE)).toEqual({ kind: "split" });
    const { code, message } = { code: "InvalidArgumentException", message: "m" };
    expect(fateAlone(unit(1, suspect), REFUSED)).toEqual(dead(1, { failure: { code, message } }));
  });

  it("buries nothing while every call is refused: then a setting may be wrong", () => {
    expect(fateAlone(unit(1), REFUSED)).toEqual(again(0, true));
    expect(fateAlone(unit(1, held(9)), REFUSED, OUTAGE)).toEqual(again(9, true));
    expect(fateAlone(unit(1, held(9)), REFUSED, { lastSuccessAt: null })).toEqual(again(9, true));
  });
});
