import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { requireConfig } from "../config.ts";
import type { PutOutcome } from "../firehose/outcome.ts";
import { ENDING, events, NO_COUNTS, newQueue, numbersTo } from "../testing/queue.ts";
import { Courier } from "./courier.ts";
import { DeadLetters } from "./dead-letters.ts";
import { DedupWindow } from "./dedup/window.ts";
import { Ledger } from "./ledger.ts";
import { parcelOf } from "./parcel.ts";
import { entriesOf } from "./reception.ts";
import { Sql } from "./sql.ts";
import { NO_COUNTS as NO_REQUEST_COUNTS, QueueStore } from "./store.ts";

const DONE: PutOutcome = { kind: "answered", failures: new Map() };
const OUTAGE: PutOutcome = { kind: "transient", code: "ServiceUnavailableException", message: "m" };
const DENIED: PutOutcome = { kind: "permanent", code: "AccessDeniedException", message: "m" };
const MIB = 1024 * 1024;

interface Scene {
  ledger: Ledger;
  courier: Courier;
  /** How many records each call carried, in the order in which they were made. */
  calls: number[];
  /** The most calls that were under way together. */
  most(): number;
  /** The state of delivery as it was stored when each call was made. */
  stored: string[];
}

/** A courier over a real store, whose calls end as `outcomeOf` says, in turn. */
const onStage = (
  outcomeOf: (call: number) => PutOutcome,
  act: (scene: Scene) => Promise<void>,
  settings = {},
) =>
  runInDurableObject(newQueue(), async (_, { storage }) => {
    const sql = new Sql(storage);
    const letters = new DeadLetters(sql, storage);
    const seen = new DedupWindow(storage, { windowMs: 1_000_000 });
    const ledger = new Ledger(sql, new QueueStore(sql, letters, storage), letters, seen);
    const calls: number[] = [];
    const stored: string[] = [];
    let underWay = 0;
    let most = 0;
    const courier = new Courier({
      name: "q",
      ledger: () => ledger,
      config: () => ({ ...requireConfig(env), FIREHOSE_MIB_PER_S: 1_000, ...settings }),
      async put(records) {
        const call = calls.push(records.length);
        stored.push(
          JSON.parse(sql.rows<{ json: string }>("SELECT json FROM state")[0]?.json ?? "{}").delivery?.state,
        );
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setTimeout(resolve, 5));
        underWay--;
        return outcomeOf(call);
      },
    });
    await act({ ledger, courier, calls, most: () => most, stored });
  });

/** Rows of about a mebibyte, so that each is a call. */
const fill = (ledger: Ledger, rows: number) => {
  for (let row = 0; row < rows; row++) {
    const parcel = parcelOf(
      events(numbersTo(row * 16 + 16, row * 16 + 1), { text: "x".repeat(62_000) }),
      ENDING,
      NO_COUNTS,
    );
    const taken = { parcel, skipped: [], rejections: [], counts: NO_REQUEST_COUNTS };
    ledger.append(entriesOf([taken]), NO_REQUEST_COUNTS, Date.now());
  }
};

describe("a run", () => {
  it("has several calls under way, but leaves connections to others", async () => {
    await onStage(
      () => DONE,
      async ({ ledger, courier, calls, most }) => {
        fill(ledger, 12);
        await courier.run();
        expect([calls.length, most(), ledger.depth.events]).toEqual([12, 4, 0]);
      },
    );
  });

  it("ends with the first failure: what is under way is settled, nothing more is sent", async () => {
    await onStage(
      (call) => (call === 2 ? OUTAGE : DONE),
      async ({ ledger, courier, calls }) => {
        fill(ledger, 12);
        await courier.run();
        expect(calls.length).toBeLessThanOrEqual(5);
        expect(ledger.depth.events).toBe(12 * 16 - (calls.length - 1) * 16);
        expect(ledger.state.delivery).toMatchObject({ state: "closed", nextAttemptAt: expect.any(Number) });
      },
    );
  });

  it("in which all calls fail together counts one failure", async () => {
    await onStage(
      () => OUTAGE,
      async ({ ledger, courier, calls }) => {
        fill(ledger, 12);
        await courier.run();
        expect([calls.length, ledger.state.delivery.consecutiveFailures]).toEqual([4, 1]);
      },
    );
  });

  it("keeps to the stream's quota: a second's worth at once, then as fast as it fills again", async () => {
    await onStage(
      () => DONE,
      async ({ ledger, courier }) => {
        fill(ledger, 6);
        const startedAt = Date.now();
        await courier.run();
        // 6 MiB, of which 4 may go at once: the rest takes half a second.
        expect(Date.now() - startedAt).toBeGreaterThan(400);
      },
      { FIREHOSE_MIB_PER_S: 4 },
    );
  });
});

describe("an open breaker", () => {
  it("lets one small probe through, remembered as such; then everything, or nothing", async () => {
    await onStage(
      (call) => (call === 1 ? OUTAGE : DONE),
      async ({ ledger, courier, calls, stored }) => {
        fill(ledger, 8);
        ledger.state.delivery = { ...ledger.state.delivery, state: "open", consecutiveFailures: 9 };
        await courier.run();
        expect([calls, stored, ledger.state.delivery.state]).toEqual([[1], ["half_open"], "open"]);

        ledger.state.delivery = { ...ledger.state.delivery, nextAttemptAt: null };
        await courier.run();
        expect([calls.length, stored[1], stored[2]]).toEqual([9, "half_open", "closed"]);
        expect([ledger.depth.events, ledger.state.delivery.state]).toEqual([0, "closed"]);
      },
    );
  });

  it("is what an operator's error makes at once: one call, everything kept, and what to do", async () => {
    await onStage(
      () => DENIED,
      async ({ ledger, courier, calls }) => {
        fill(ledger, 2);
        ledger.state.delivery = { ...ledger.state.delivery, state: "half_open" };
        await courier.run();
        expect([calls, ledger.depth.events]).toEqual([[1], 32]);
        expect(ledger.state.delivery).toMatchObject({
          state: "open",
          lastError: {
            kind: "permanent",
            advice: "allow the IAM user firehose:PutRecordBatch on the stream",
          },
        });
      },
    );
  });
});

it("half of the quota is left to others after throttling, and won back call by call", async () => {
  await onStage(
    (call) => (call === 1 ? { kind: "throttled", code: "ThrottlingException", message: "m" } : DONE),
    async ({ ledger, courier }) => {
      fill(ledger, 1);
      await courier.run();
      expect(courier.bytesPerS()).toBe(2 * MIB);
      ledger.state.delivery = { ...ledger.state.delivery, nextAttemptAt: null };
      await courier.run();
      expect(courier.bytesPerS()).toBeCloseTo(2.2 * MIB);
    },
    { FIREHOSE_MIB_PER_S: 4 },
  );
});
