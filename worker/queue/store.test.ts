import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { seededId } from "../events/ids.ts";
import type { Fate, Unit } from "./delivery.ts";
import { parcelOf } from "./parcel.ts";
import { QueueStore } from "./store.ts";

const SEED = "01890a5d-ac96-774b-bcce-b302099a8057";
const NO_COUNTS = { keys: [], rejected: 0, rejections: [], clientDropped: 0 };
const FAILURE = { code: "InternalFailure", message: "m" };
const NOW = Date.parse("2026-11-21T12:00:00.000Z");

const chunk = (...numbers: number[]) => {
  const events = numbers.map((n) => ({ eventId: seededId(SEED, n), userId: "player", json: `${n}}` }));
  const { ids, lines } = parcelOf(events, new TextEncoder().encode("\n"), NO_COUNTS);
  return { ids, lines, events: numbers.length };
};

let stores = 0;

/** Runs `work` with the store of an object that has done nothing yet. */
const withStore = <T>(work: (store: QueueStore, sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(env.GAME_QUEUE.getByName(`store_${++stores}`), (_, { storage }) =>
    work(new QueueStore(storage), storage.sql),
  );

/** What waits, as the lines of each unit: failed ones first. */
const waiting = (store: QueueStore) => {
  const text = (lines: Uint8Array) => new TextDecoder().decode(lines);
  const failed = [...store.failedUnits()].map(({ rows, attempts }) => [
    rows.map(({ lines }) => text(lines)).join(""),
    attempts,
  ]);
  const fresh = [...store.freshRows(Number.MAX_SAFE_INTEGER)].map(({ lines }) => [text(lines), 0]);
  return [...failed, ...fresh];
};

const fresh = (store: QueueStore): Unit[] =>
  [...store.freshRows(Number.MAX_SAFE_INTEGER)].map((row) => ({
    rows: [row],
    attempts: 0,
    held: false,
    events: row.events,
    bytes: row.bytes,
  }));

const failed = (lines: "all" | number[], attempts: number, dead = false): Fate => ({
  kind: "failed",
  lines,
  attempts,
  failure: FAILURE,
  dead,
});

const COUNTS = { duplicates: 0, rejected: 0, client_dropped: 0 };

describe("settling a call, where each line was a record", () => {
  it("keeps exactly the lines that were refused", async () => {
    await withStore((store, sql) => {
      store.append(1, NOW, chunk(1, 2, 3, 4), COUNTS);
      store.append(2, NOW, chunk(5), COUNTS);
      const settled = store.settle(fresh(store), [failed([1, 3], 1), { kind: "delivered" }], NOW, 1_000);

      expect(settled).toEqual({ delivered: { events: 3, bytes: 6 }, dead: { events: 0, bytes: 0 } });
      expect(waiting(store)).toEqual([["2\n4\n", 1]]);
      const [seen] = sql.exec<{ ids: ArrayBuffer }>("SELECT ids FROM seen").toArray();
      expect(new Uint8Array(seen?.ids ?? new ArrayBuffer())).toEqual(chunk(1, 3, 5).ids);
      const [row] = sql.exec<{ ids: ArrayBuffer }>("SELECT ids FROM outbox").toArray();
      expect(new Uint8Array(row?.ids ?? new ArrayBuffer())).toEqual(chunk(2, 4).ids);
    });
  });

  it("keeps them once where they were packed together before, by another packing", async () => {
    await withStore((store, sql) => {
      store.append(1, NOW, chunk(1, 2), COUNTS);
      store.append(2, NOW, chunk(3, 4), COUNTS);
      const rows = [...store.freshRows(2)];
      store.settle([{ rows, attempts: 0, held: false, events: 4, bytes: 8 }], [failed("all", 1)], NOW, 1_000);
      const settled = store.settle([...store.failedUnits()], [failed([3], 2)], NOW, 1_000);

      expect(settled.delivered).toEqual({ events: 3, bytes: 6 });
      expect(waiting(store)).toEqual([["4\n", 2]]);
      expect(sql.exec("SELECT first_seq, last_seq FROM failed_record").toArray()).toEqual([
        { first_seq: 1, last_seq: 1 },
      ]);
      expect(store.readDepth()).toEqual({ events: 1, bytes: 2 });
    });
  });

  it("buries only what was refused too often, and remembers all of its ids", async () => {
    await withStore((store, sql) => {
      store.append(1, NOW, chunk(1, 2, 3), COUNTS);
      store.settle(fresh(store), [failed([0, 2], 1)], NOW, 1_000);
      const settled = store.settle([...store.failedUnits()], [failed([1], 2, true)], NOW, 1_000);

      expect(settled).toEqual({ delivered: { events: 1, bytes: 2 }, dead: { events: 1, bytes: 2 } });
      expect(waiting(store)).toEqual([]);
      const [letter] = sql.exec("SELECT code, attempts, events, lines FROM dead_letter").toArray();
      expect(letter).toMatchObject({ code: "InternalFailure", attempts: 2, events: 1 });
      expect(new TextDecoder().decode(letter?.lines as ArrayBuffer)).toBe("3\n");
      expect([...store.seenIds(1_000, NOW)].map(({ ids }) => ids)).toEqual([chunk(2).ids, chunk(1, 3).ids]);
    });
  });
});

describe("settling a call that failed as a whole", () => {
  it("keeps its records together from then on, and writes nothing more while it goes on failing", async () => {
    await withStore((store) => {
      store.append(1, NOW, chunk(1), COUNTS);
      store.append(2, NOW, chunk(2), COUNTS);
      const rows = [...store.freshRows(2)];
      store.settle([{ rows, attempts: 0, held: false, events: 2, bytes: 4 }], [failed("all", 0)], NOW, 1_000);
      store.append(3, NOW, chunk(3), COUNTS);
      expect(waiting(store)).toEqual([
        ["1\n2\n", 0],
        ["3\n", 0],
      ]);

      store.takeRowsWritten();
      store.settle([...store.failedUnits()], [failed("all", 0)], NOW, 1_000);
      expect(store.takeRowsWritten()).toBe(0);
    });
  });
});
