import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PutOutcome } from "../firehose/outcome.ts";
import { backoffMs } from "./backoff.ts";
import {
  BREAKER_FAILURES,
  type Delivery,
  deliveryAfter,
  deliveryStats,
  NEW_DELIVERY,
  nextWake,
  probing,
  resting,
  troubleOf,
} from "./breaker.ts";
import type { Fate } from "./fate.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");

const OUTAGE: PutOutcome = { kind: "transient", code: "ServiceUnavailableException", message: "m" };
const DENIED: PutOutcome = { kind: "permanent", code: "AccessDeniedException", message: "arn:aws:…" };
const TAKEN: PutOutcome = { kind: "answered", failures: new Map() };
const IN_PART: PutOutcome = {
  kind: "answered",
  failures: new Map([[1, { code: "InternalFailure", message: "m" }]]),
};

const DELIVERED: Fate = { kind: "delivered" };
const AGAIN: Fate = { kind: "again", attempts: 0, isSuspect: false };

/** Where delivery stands after a call that fails, or is taken; jitter is as long as can be. */
const after = (before: Delivery, outcome: PutOutcome, now = NOW, fates: Fate[] = [AGAIN]) =>
  deliveryAfter(before, outcome, fates, now, () => 1);
const afterSuccess = (before: Delivery, now = NOW) => after(before, TAKEN, now, [DELIVERED]);

const error = (outcome: Extract<PutOutcome, { code: string }>, advice: string | null) => {
  const { kind, code, message } = outcome;
  return { at: "2026-11-21T12:00:00.000Z", kind, code, message, advice };
};

/** A breaker that an outage has opened; its failures came when the backoff before was over. */
const opened = () => {
  let delivery = NEW_DELIVERY;
  for (let i = 0; i < BREAKER_FAILURES; i++) {
    delivery = after(delivery, OUTAGE, delivery.nextAttemptAt ?? NOW);
  }
  return delivery;
};

describe("delivery", () => {
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

  it("keeps on while failures are few, and stops for good after five in a row", () => {
    let delivery = NEW_DELIVERY;
    const seen = [];
    for (let i = 0; i < BREAKER_FAILURES; i++) {
      delivery = after(delivery, OUTAGE, delivery.nextAttemptAt ?? NOW);
      seen.push([delivery.state, delivery.consecutiveFailures, (delivery.nextAttemptAt ?? 0) - NOW]);
    }
    expect(seen).toEqual([
      ["closed", 1, 1_000],
      ["closed", 2, 3_000],
      ["closed", 3, 7_000],
      ["closed", 4, 15_000],
      ["open", 5, 31_000],
    ]);
  });

  it("says of itself all that an operator asks", () => {
    const delivery = after({ ...NEW_DELIVERY, consecutiveFailures: 4, lastSuccessAt: NOW - 1 }, OUTAGE);
    expect(deliveryStats({ ...delivery, pace: 0.5 }, 2_621_440)).toEqual({
      state: "open",
      consecutive_failures: 5,
      next_attempt_at: "2026-11-21T12:00:16.000Z",
      last_success_at: "2026-11-21T11:59:59.999Z",
      last_error: error(OUTAGE, null),
      bytes_per_s: 2_621_440,
    });
  });

  it("opens again at once where the probe fails, and closes with the first success", () => {
    const half = probing(opened());
    expect([half.state, half.consecutiveFailures]).toEqual(["half_open", 5]);
    const failed = after(half, OUTAGE, NOW + 60_000);
    expect([failed.state, failed.consecutiveFailures, failed.nextAttemptAt]).toEqual([
      "open",
      6,
      NOW + 92_000,
    ]);
    const healed = afterSuccess(probing(failed), NOW + 120_000);
    expect(healed).toEqual({
      ...failed,
      state: "closed",
      consecutiveFailures: 0,
      nextAttemptAt: null,
      lastSuccessAt: NOW + 120_000,
    });
  });

  it("opens again where the probe fails, whatever opened it", () => {
    const failed = after(probing(after(NEW_DELIVERY, DENIED)), OUTAGE, NOW + 60_000);
    expect([failed.state, failed.consecutiveFailures]).toEqual(["open", 2]);
  });

  it("has no breaker to try while it is closed", () => {
    expect(probing(NEW_DELIVERY)).toEqual(NEW_DELIVERY);
  });

  it("names its trouble while the breaker is open, and none before or after", () => {
    const [beforehand, half] = [after(NEW_DELIVERY, OUTAGE), probing(opened())];
    expect(troubleOf(beforehand)).toBe(null);
    expect(troubleOf(half)).toMatchObject({ code: "ServiceUnavailableException", advice: null });
    expect(troubleOf(afterSuccess(half))).toBe(null);
  });

  it("says at once what only an operator can mend, and asks again every minute", () => {
    const delivery = after(NEW_DELIVERY, DENIED);
    expect(troubleOf(delivery)).toEqual(
      error(DENIED, "allow the IAM user firehose:PutRecordBatch on the stream"),
    );
    expect(delivery.nextAttemptAt).toBe(NOW + 60_000);
    expect(after(delivery, DENIED, NOW + 60_000).nextAttemptAt).toBe(NOW + 120_000);
  });

  it("that works in part does not open the breaker", () => {
    const before = { ...NEW_DELIVERY, consecutiveFailures: 4 };
    const delivery = after(before, IN_PART, NOW, [DELIVERED, AGAIN]);
    expect([
      delivery.state,
      delivery.consecutiveFailures,
      delivery.nextAttemptAt,
      delivery.lastSuccessAt,
    ]).toEqual(["closed", 1, NOW + 1_000, NOW]);
  });

  it("rests once nothing is left that could fail: whoever comes next is not made to wait", () => {
    const delivery = opened();
    expect(resting(delivery)).toEqual({
      ...delivery,
      state: "closed",
      consecutiveFailures: 0,
      nextAttemptAt: null,
    });
  });
});

describe("calls that were under way together", () => {
  it("fail together: that is one failure", () => {
    const first = after(NEW_DELIVERY, OUTAGE);
    expect(after(first, OUTAGE, NOW + 1)).toEqual({
      ...first,
      lastError: { ...error(OUTAGE, null), at: "2026-11-21T12:00:00.001Z" },
    });
  });

  it("need not agree: one that is taken closes the breaker, and leaves the other's backoff as it is", () => {
    const delivery = afterSuccess(after(NEW_DELIVERY, OUTAGE), NOW + 1);
    expect([delivery.state, delivery.consecutiveFailures, delivery.nextAttemptAt]).toEqual([
      "closed",
      0,
      NOW + 1_000,
    ]);
  });

  it("wait longer where one of them says that an operator is needed", () => {
    const delivery = after(after(NEW_DELIVERY, OUTAGE), DENIED, NOW + 1);
    expect([delivery.state, delivery.nextAttemptAt]).toEqual(["open", NOW + 60_001]);
  });
});

describe("the next wake", () => {
  const limits = { callBytes: 1_000, flushIntervalMs: 5_000 };
  const backingOff = { ...NEW_DELIVERY, nextAttemptAt: NOW + 9 };

  it.each([
    ["never, where nothing waits", { bytes: 0, oldestAt: null }, backingOff, null],
    ["an interval after the oldest", { bytes: 1, oldestAt: NOW }, NEW_DELIVERY, NOW + 5_000],
    ["at once, where a call is full", { bytes: 1_000, oldestAt: NOW }, NEW_DELIVERY, NOW],
    ["not before backoff is over", { bytes: 1_000, oldestAt: NOW }, backingOff, NOW + 9],
    [
      "soon, though the clock was an hour ahead when the oldest came",
      { bytes: 1, oldestAt: NOW + 3_600_000 },
      NEW_DELIVERY,
      NOW + 5_000,
    ],
    [
      "at once, where backoff asks for longer than it ever may: the clock was ahead",
      { bytes: 1, oldestAt: NOW },
      { ...NEW_DELIVERY, nextAttemptAt: NOW + 3_600_000 },
      NOW,
    ],
  ])("%s", (_, waiting, delivery, wake) => expect(nextWake(waiting, delivery, limits, NOW)).toBe(wake));
});
