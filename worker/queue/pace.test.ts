import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PutOutcome } from "../firehose/outcome.ts";
import { paceAfter, TokenBucket } from "./pace.ts";

const answered = (...codes: string[]): PutOutcome => ({
  kind: "answered",
  failures: new Map(codes.map((code, index) => [index, { code, message: "m" }])),
});
const failed = (kind: Exclude<PutOutcome["kind"], "answered">): PutOutcome => ({
  kind,
  code: "c",
  message: "m",
});

describe("the part of the quota that a queue takes", () => {
  it.each([
    ["is halved by a call that is throttled", failed("throttled"), 0.4],
    ["is halved by a record that is too much", answered("ServiceUnavailableException"), 0.4],
    ["is halved by one record among many", answered("InternalFailure", "ServiceUnavailableException"), 0.4],
    ["grows a little with each call that goes well", answered(), 0.85],
    ["grows, where a record is refused for what it holds", answered("InternalFailure"), 0.85],
    ["stays through an outage", failed("transient"), 0.8],
    ["stays where the contents are refused", failed("refused"), 0.8],
    ["stays where an operator is needed", failed("permanent"), 0.8],
  ])("%s", (_, outcome, pace) => expect(paceAfter(0.8, outcome)).toBeCloseTo(pace, 10));

  it("is never more than all, nor so little that a queue stands still", () => {
    const outcomes = fc.array(fc.constantFrom(failed("throttled"), answered()), { maxLength: 60 });
    fc.assert(
      fc.property(outcomes, (calls) => {
        const pace = calls.reduce(paceAfter, 1);
        expect(pace >= 1 / 64 && pace <= 1).toBe(true);
      }),
    );
    expect(paceAfter(1, answered())).toBe(1);
    expect(paceAfter(1 / 64, failed("throttled"))).toBe(1 / 64);
  });

  it("comes to be shared by two queues, whoever began", () => {
    let [one, other] = [1, 1 / 64];
    for (let call = 0; call < 400; call++) {
      const outcome = one + other > 1 ? failed("throttled") : answered();
      [one, other] = [paceAfter(one, outcome), paceAfter(other, outcome)];
    }
    expect(Math.abs(one - other)).toBeLessThan(0.01);
  });
});

describe("a token bucket", () => {
  const CALL_BYTES = 1_000;
  type Wishes = { bytesPerS: number; takes: { afterMs: number; bytes: number }[] };
  const wishes: fc.Arbitrary<Wishes> = fc.record({
    bytesPerS: fc.integer({ min: 1, max: 5_000 }),
    takes: fc.array(fc.record({ afterMs: fc.nat(3_000), bytes: fc.integer({ min: 1, max: 2_500 }) }), {
      minLength: 1,
      maxLength: 40,
    }),
  });

  /** What is let through, and when, where nobody waits as long as they are told. */
  const letThrough = ({
    bytesPerS,
    takes,
  }: typeof wishes extends fc.Arbitrary<infer Wish> ? Wish : never) => {
    const bucket = new TokenBucket(CALL_BYTES);
    let now = 0;
    return takes.flatMap(({ afterMs, bytes }) => {
      now += afterMs;
      return bucket.take(bytes, bytesPerS, now) === 0 ? [{ at: now, bytes }] : [];
    });
  };

  it("lets through in any interval no more than it holds, and what flows in meanwhile", () => {
    fc.assert(
      fc.property(wishes, (wish) => {
        const capacity = Math.max(wish.bytesPerS, CALL_BYTES, ...wish.takes.map(({ bytes }) => bytes));
        const sent = letThrough(wish);
        for (const [first, { at: from }] of sent.entries()) {
          let bytes = 0;
          for (const { at, bytes: more } of sent.slice(first)) {
            bytes += more;
            expect(bytes).toBeLessThanOrEqual(capacity + (wish.bytesPerS * (at - from)) / 1_000 + 1e-6);
          }
        }
      }),
    );
  });

  it("never starves: whoever waits as long as they are told is let through", () => {
    fc.assert(
      fc.property(wishes, ({ bytesPerS, takes }) => {
        const bucket = new TokenBucket(CALL_BYTES);
        let now = 0;
        for (const { afterMs, bytes } of takes) {
          now += afterMs;
          const waitMs = bucket.take(bytes, bytesPerS, now);
          expect(waitMs).toBeLessThanOrEqual(Math.ceil((bytes / bytesPerS) * 1_000));
          if (waitMs === 0) continue;
          now += waitMs;
          // What a sum of fractions lacks, a millisecond brings.
          const moreMs = bucket.take(bytes, bytesPerS, now);
          expect(moreMs).toBeLessThanOrEqual(1);
          if (moreMs === 0) continue;
          now += moreMs;
          expect(bucket.take(bytes, bytesPerS, now)).toBe(0);
        }
      }),
    );
  });

  it("holds a call at once, then a second's worth; a slower pace makes whoever comes next wait longer", () => {
    const bucket = new TokenBucket(CALL_BYTES);
    expect(bucket.take(1_000, 100, 0)).toBe(0);
    expect(bucket.take(1_000, 100, 0)).toBe(10_000);
    expect(bucket.take(1_000, 50, 0)).toBe(20_000);
    expect(bucket.take(1_000, 100, 10_000)).toBe(0);
    expect(bucket.take(1_000, 100, 3_600_000)).toBe(0);
    expect(bucket.take(1_000, 100, 3_600_000)).toBe(10_000);
  });
});
