import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { requireConfig } from "../config.ts";
import type { PutOutcome } from "../firehose/outcome.ts";
import { ENDING, events, NO_COUNTS, newQueue, numbersTo } from "../testing/queue.ts";
import { Courier } from "./courier.ts";
import { DeadLetters } from "./dead-letters.ts";
import { DedupWindow } from "./dedup/window.ts";
import { Ledger } from "./ledger.ts";
import { LiveStore } from "./live-store.ts";
import { MarkStore } from "./mark-store.ts";
import { parcelOf } from "./parcel.ts";
import { entriesOf } from "./reception.ts";
import { Sql } from "./sql.ts";
import { NO_COUNTS as NO_REQUEST_COUNTS, QueueStore } from "./store.ts";

const DONE: PutOutcome = { kind: "answered", failures: new Map() };
const OUTAGE: PutOutcome = { kind: "transient", code: "ServiceUnavailableException", message: "m" };
const DENIED: PutOutcome = { kind: "permanent", code: "AccessDeniedException", message: "m" };
const MIB = 1024 * 1024;
const tellBoards = async () => undefined;

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
    const ledger = new Ledger(
      sql,
      new QueueStore(sql, letters, storage),
      letters,
      seen,
      new LiveStore(sql, storage),
      new MarkStore(sql, storage),
    );
    const calls: number[] = [];
    const stored: string[] = [];
    let underWay = 0;
    let most = 0;
    const courier = new Courier({
      name: "q",
      tellBoards,
      ledger: () => ledger,
      writing: (work) => work(),
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
    ledger.append(entriesOf([taken]), NO_REQUEST_COUNTS, Date.now(), []);
  }
};

// A backoff drawn near 0 would be over before the calls beside it are.
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0.5));
afterEach(() => vi.restoreAllMocks());

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

describe("what is known", () => {
  const EVERY_CALL = { FIREHOSE_MIB_PER_S: 1_000, FIREHOSE_CALL_BYTES: 400 };
  const config = () => ({ ...requireConfig(env), ...EVERY_CALL });
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  /** Nine events, a row each, three of which fill a call: `start` reads them from storage as a queue that wakes up. */
  const nineEvents = (storage: DurableObjectStorage) => {
    const sql = new Sql(storage);
    const letters = new DeadLetters(sql, storage);
    const store = new QueueStore(sql, letters, storage);
    const start = () =>
      new Ledger(
        sql,
        store,
        letters,
        new DedupWindow(storage, { windowMs: 1_000_000 }),
        new LiveStore(sql, storage),
        new MarkStore(sql, storage),
      );
    const ledger = start();
    for (const n of numbersTo(9)) {
      // The fourth is so large that it begins the second call, though one more like the others would fit the first.
      const parcel = parcelOf(events([n], { text: "x".repeat(n === 4 ? 130 : 45) }), ENDING, NO_COUNTS);
      ledger.append(entriesOf([{ parcel, skipped: [], rejections: [] }]), NO_REQUEST_COUNTS, Date.now(), []);
    }
    return { store, start };
  };

  it("outlives a death between the answers of a run's calls: what one of them holds is packed around", async () => {
    await runInDurableObject(newQueue(), async (_, { storage }) => {
      const { start } = nineEvents(storage);
      const delivered: number[] = [];
      const courierOf = (ledger: Ledger, outcomeOf: (call: number) => Promise<PutOutcome>) => {
        let calls = 0;
        return new Courier({
          name: "q",
          tellBoards,
          ledger: () => ledger,
          writing: (work) => work(),
          config,
          async put(records) {
            const outcome = await outcomeOf(++calls);
            const text = records.flat().map((chunk) => new TextDecoder().decode(chunk));
            if (outcome === DONE)
              delivered.push(...[...text.join("").matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n)));
            return outcome;
          },
        });
      };
      // The first call is never answered; the second fails, and its record is held. Then the process dies.
      void courierOf(start(), (call) =>
        call === 1 ? new Promise(() => undefined) : Promise.resolve(OUTAGE),
      ).run();
      await wait(20);
      const ledger = start();
      const courier = courierOf(ledger, async (call) => (call === 1 ? wait(20).then(() => OUTAGE) : DONE));
      for (let run = 0; run < 5; run++) {
        ledger.state.delivery = { ...ledger.state.delivery, nextAttemptAt: null };
        await courier.run();
      }
      expect(delivered.toSorted((a, b) => a - b)).toEqual(numbersTo(9));
      expect(ledger.depth).toEqual({ events: 0, bytes: 0 });
    });
  });

  it("is forgotten at once where writing down a call's outcome fails, so that no call beside it saves what is not so", async () => {
    await runInDurableObject(newQueue(), async (_, { storage }) => {
      const { store, start } = nineEvents(storage);
      const saveState = store.saveState.bind(store);
      let failures = 1;
      store.saveState = (state) => {
        if (failures-- > 0) throw new Error("disk I/O error");
        saveState(state);
      };
      let ledger: Ledger | undefined = start();
      let calls = 0;
      const recalled = () => {
        ledger ??= start();
        return ledger;
      };
      const courier = new Courier({
        name: "q",
        tellBoards,
        ledger: recalled,
        writing(work) {
          try {
            return work();
          } catch (error) {
            ledger = undefined;
            throw error;
          }
        },
        config,
        put: () => wait(5 * ++calls).then(() => DONE),
      });
      await expect(courier.run()).rejects.toThrow("disk I/O error");
      await courier.run();
      const { state, depth } = recalled();
      expect([state.totals.accepted, state.totals.delivered, depth.events]).toEqual([9, 9, 0]);
    });
  });
});
