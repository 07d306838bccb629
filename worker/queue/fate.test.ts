import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PutOutcome } from "../firehose/outcome.ts";
import { backoffMs } from "./backoff.ts";
import {
  BREAKER_FAILURES,
  deliveryAfter,
  deliveryStats,
  type Fate,
  fatesOf,
  isProbing,
  linesOf,
  NEW_DELIVERY,
  nextWake,
  recordsOf,
  troubleOf,
  type Unit,
} from "./delivery.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const SLOW = { code: "ServiceUnavailableException", message: "Slow down." };

const unit = (texts: string[], fields: Partial<Unit> = {}): Unit => {
  const rows = texts.map((text, seq) => {
    const lines = new TextEncoder().encode(text);
    return { seq, ids: new Uint8Array(), lines, events: linesOf(lines).length, bytes: lines.byteLength };
  });
  const events = rows.reduce((sum, row) => sum + row.events, 0);
  return { rows, attempts: 0, held: false, events, bytes: 0, ...fields };
};
const failed: Fate = { kind: "failed", lines: "all", attempts: 0, failure: SLOW, dead: false };
const answered = (...failed: number[]): PutOutcome => ({
  kind: "answered",
  failures: new Map(failed.map((index) => [index, SLOW])),
});
const texts = (records: Uint8Array[][]) =>
  records.map((chunks) => chunks.map((chunk) => new TextDecoder().decode(chunk)).join(""));

describe("records", () => {
  const units = [unit(["a\nb\n", "c\n"]), unit(["d\n"])];

  it("are a unit each where lines are packed", () => {
    expect(texts(units.flatMap((one) => recordsOf(one, "lines")))).toEqual(["a\nb\nc\n", "d\n"]);
  });

  it("are a line each where events are", () => {
    expect(texts(units.flatMap((one) => recordsOf(one, "event")))).toEqual(["a\n", "b\n", "c\n", "d\n"]);
  });
});

describe("what becomes of a unit", () => {
  const units = [unit(["a\n"]), unit(["b\nc\n"], { attempts: 1 }), unit(["d\n"])];

  it("follows the answer by index: exactly the refused are sent again", () => {
    expect(fatesOf(units, answered(1), "lines", 3)).toEqual([
      { kind: "delivered" },
      { kind: "failed", lines: "all", attempts: 2, failure: SLOW, dead: false },
      { kind: "delivered" },
    ]);
  });

  it("is told line by line where each is a record", () => {
    expect(fatesOf(units, answered(2, 3), "event", 3)).toEqual([
      { kind: "delivered" },
      { kind: "failed", lines: [1], attempts: 2, failure: SLOW, dead: false },
      { kind: "failed", lines: "all", attempts: 1, failure: SLOW, dead: false },
    ]);
  });

  it("is to be a dead letter after so many refusals", () => {
    expect(fatesOf(units, answered(1), "lines", 2)[1]).toMatchObject({ attempts: 2, dead: true });
  });

  it.each(["throttled", "transient", "permanent"] as const)(
    "counts no attempt where the whole call was %s",
    (kind) => {
      const fates = fatesOf(units, { kind, code: "c", message: "m" }, "lines", 2);
      expect(fates.map((fate) => fate.kind === "failed" && [fate.attempts, fate.dead])).toEqual([
        [0, false],
        [1, false],
        [0, false],
      ]);
    },
  );

  it("counts one where the call's contents were refused, once it is plain whose they are", () => {
    const refused: PutOutcome = { kind: "refused", code: "c", message: "m" };
    const counted = (units: Unit[]) =>
      fatesOf(units, refused, "lines", 2).map((fate) => fate.kind === "failed" && [fate.attempts, fate.dead]);
    expect(counted(units)).toEqual([
      [0, false],
      [1, false],
      [0, false],
    ]);
    expect(counted([unit(["b\n"], { attempts: 1 })])).toEqual([[2, true]]);
    expect(isProbing(deliveryAfter(NEW_DELIVERY, refused, [failed], NOW))).toBe(true);
  });

  it("counts none where no record was taken: an outage, told record by record", () => {
    const fates = fatesOf(units, answered(0, 1, 2), "lines", 2);
    expect(fates.map((fate) => fate.kind === "failed" && [fate.attempts, fate.dead])).toEqual([
      [0, false],
      [1, false],
      [0, false],
    ]);
    expect(fatesOf([unit(["a\n"], { attempts: 1 })], answered(0), "lines", 2)).toMatchObject([
      { attempts: 1, dead: false },
    ]);
  });

  it("is decided where a record is refused alone, and not for being too much", () => {
    const failures = new Map([[0, { code: "InternalFailure", message: "m" }]]);
    const fates = fatesOf([unit(["a\n"], { attempts: 1 })], { kind: "answered", failures }, "lines", 2);
    expect(fates).toMatchObject([{ attempts: 2, dead: true }]);
  });

  it("is no dead letter for what happened before, where this call counts no attempt", () => {
    const throttled: PutOutcome = { kind: "throttled", code: "c", message: "m" };
    expect(fatesOf([unit(["a\n"], { attempts: 5 })], throttled, "lines", 3)).toMatchObject([
      { attempts: 5, dead: false },
    ]);
  });
});

describe("delivery", () => {
  const outage: PutOutcome = { kind: "transient", code: "ServiceUnavailableException", message: "m" };

  it("waits longer after each failure, with full jitter, and at most five minutes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, random) => {
          const most = Math.min(300_000, 1_000 * 2 ** (failures - 1));
          expect(backoffMs(failures, () => random)).toBe(Math.round(random * most));
        },
      ),
    );
  });

  it("opens the breaker after five failures, and closes it with the first success", () => {
    let delivery = NEW_DELIVERY;
    for (let i = 0; i < BREAKER_FAILURES; i++) {
      expect([deliveryStats(delivery, true).state, troubleOf(delivery)]).toEqual(["closed", null]);
      delivery = deliveryAfter(delivery, outage, [failed], NOW, () => 1);
    }
    expect(deliveryStats(delivery, false)).toEqual({
      state: "open",
      consecutive_failures: 5,
      next_attempt_at: "2026-11-21T12:00:16.000Z",
      last_success_at: null,
      last_error: {
        at: "2026-11-21T12:00:00.000Z",
        kind: "transient",
        code: "ServiceUnavailableException",
        message: "m",
      },
    });
    expect([deliveryStats(delivery, true).state, troubleOf(delivery)]).toEqual([
      "half_open",
      "ServiceUnavailableException",
    ]);

    const healed = deliveryAfter(delivery, answered(), [{ kind: "delivered" }], NOW);
    expect(deliveryStats(healed, true)).toMatchObject({
      state: "closed",
      consecutive_failures: 0,
      next_attempt_at: null,
    });
    expect(troubleOf(healed)).toBe(null);
  });

  it("says at once what only an operator can mend, and asks again every minute", () => {
    const denied: PutOutcome = { kind: "permanent", code: "AccessDeniedException", message: "arn:aws:…" };
    const delivery = deliveryAfter(NEW_DELIVERY, denied, [failed], NOW);
    expect([troubleOf(delivery), delivery.nextAttemptAt]).toEqual(["AccessDeniedException", NOW + 60_000]);
  });

  it("that works in part does not open the breaker", () => {
    const before = { ...NEW_DELIVERY, consecutiveFailures: 4 };
    const after = deliveryAfter(before, answered(1), [{ kind: "delivered" }, failed], NOW, () => 1);
    expect(after).toMatchObject({ consecutiveFailures: 1, nextAttemptAt: NOW + 1_000, lastSuccessAt: NOW });
  });
});

describe("the next wake", () => {
  const limits = { callBytes: 1_000, flushIntervalMs: 5_000 };
  const backingOff = { ...NEW_DELIVERY, nextAttemptAt: NOW + 9 };

  it.each([
    ["never, where nothing waits", { bytes: 0, oldestAt: null }, backingOff, null],
    ["an interval after the oldest", { bytes: 1, oldestAt: NOW }, NEW_DELIVERY, NOW + 5_000],
    ["at once, where a call is full", { bytes: 1_000, oldestAt: NOW }, NEW_DELIVERY, 0],
    ["not before backoff is over", { bytes: 1_000, oldestAt: NOW }, backingOff, NOW + 9],
  ])("%s", (_, waiting, delivery, wake) => expect(nextWake(waiting, delivery, limits)).toBe(wake));
});
