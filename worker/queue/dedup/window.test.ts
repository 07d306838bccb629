import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ID_BYTES } from "../../events/ids.ts";
import { concat } from "../parcel.ts";
import { countedIds, withStorage } from "./testing.ts";
import { DedupWindow } from "./window.ts";

const WINDOW_MS = 8_000;
type Options = ConstructorParameters<typeof DedupWindow>[1];
const OPTIONS = { windowMs: WINDOW_MS, maxOpenIds: 20 };
const TABLES = ["seen", "dedup_run", "dedup_bucket", "dedup_state"];

const idOf = (n: number) => countedIds(n, 1);
const packed = (numbers: readonly number[]) => concat(numbers.map(idOf));

/** A queue as a dedup window sees it: what comes is written together, and delivered later. */
class Queue {
  readonly #storage: DurableObjectStorage;
  readonly #options: Options;
  #outbox: { seq: number; at: number; ids: Uint8Array }[] = [];
  #lastSeq = 0;
  #waiting: { at: number; ids: Uint8Array }[] = [];
  window: DedupWindow;

  constructor(storage: DurableObjectStorage, options: Options = OPTIONS) {
    this.#storage = storage;
    this.#options = options;
    this.window = this.#wake();
  }

  #wake(): DedupWindow {
    const window = new DedupWindow(this.#storage, this.#options);
    window.rebuild(this.#outbox.filter(({ seq }) => seq > window.sealedSeq));
    return window;
  }

  /** All memory is lost, and with it what was not written. */
  evict(): void {
    this.#waiting = [];
    this.window = this.#wake();
  }

  /** Takes ids, and says which of them were duplicates. */
  receive(ids: Uint8Array, at: number): number[] {
    const duplicates = this.window.add(ids, at);
    const isNew = (_: unknown, index: number) => !duplicates.includes(index);
    const all = Array.from({ length: ids.length / ID_BYTES }, (_, i) =>
      ids.slice(i * ID_BYTES, (i + 1) * ID_BYTES),
    );
    this.#waiting.push({ at, ids: concat(all.filter(isNew)) });
    return duplicates;
  }

  write(): void {
    this.#storage.transactionSync(() => {
      const before = this.#lastSeq;
      for (const lot of this.#waiting) this.#outbox.push({ seq: ++this.#lastSeq, ...lot });
      this.window.sealIfDue(before);
    });
    this.#waiting = [];
  }

  take(ids: Uint8Array, at: number): number[] {
    const duplicates = this.receive(ids, at);
    this.write();
    return duplicates;
  }

  deliver(rows: number): void {
    this.window.delivered(this.#outbox.splice(0, rows));
  }
}

type Step =
  | { do: "wait"; ms: number }
  | { do: "take"; lots: number[][]; written: boolean }
  | { do: "deliver"; rows: number }
  | { do: "evict" };

const lot = fc.array(fc.nat(120), { maxLength: 15 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.oneof(fc.nat(600), fc.nat(10_000)) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("take"),
      lots: fc.array(lot, { minLength: 1, maxLength: 3 }),
      written: fc.boolean().chain((often) => (often ? fc.constant(true) : fc.boolean())),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("deliver"), rows: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("evict") }) },
) as fc.Arbitrary<Step>;

/** Holds a queue's answers to what a plain map of ids and times says. */
class Model {
  #times = new Map<number, number>();
  #waiting = new Map<number, number>();

  expectLot(lot: number[], duplicates: number[], now: number): void {
    expect(duplicates).toEqual(duplicates.toSorted((a, b) => a - b));
    for (const [index, n] of lot.entries()) {
      const seenAt = this.#waiting.get(n) ?? this.#times.get(n);
      const age = seenAt === undefined ? Number.POSITIVE_INFINITY : now - seenAt;
      const isDuplicate = duplicates.includes(index);
      if (age < WINDOW_MS) expect([n, isDuplicate]).toEqual([n, true]);
      if (age >= (WINDOW_MS * 9) / 8) expect([n, isDuplicate]).toEqual([n, false]);
      if (!isDuplicate) this.#waiting.set(n, now);
    }
  }

  write(): void {
    for (const [n, at] of this.#waiting) this.#times.set(n, at);
    this.#waiting.clear();
  }

  lose(): void {
    this.#waiting.clear();
  }
}

function play(queue: Queue, steps: readonly Step[]): void {
  const model = new Model();
  let now = 1_000_000;
  for (const step of steps) {
    switch (step.do) {
      case "wait":
        now += step.ms;
        break;
      case "take":
        for (const lot of step.lots) model.expectLot(lot, queue.receive(packed(lot), now), now);
        if (step.written) {
          queue.write();
          model.write();
        } else {
          queue.evict();
          model.lose();
        }
        break;
      case "deliver":
        queue.deliver(step.rows);
        break;
      case "evict":
        queue.evict();
    }
  }
}

const count = (storage: DurableObjectStorage, table: string) =>
  storage.sql.exec<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`).one().rows;

describe("the dedup window", () => {
  it("answers as a map of ids and times does, whatever is written, delivered, sealed, forgotten or evicted in between", async () => {
    await withStorage((storage) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          for (const table of TABLES) storage.sql.exec(`DROP TABLE IF EXISTS ${table}`);
          play(new Queue(storage), steps);
        }),
        { numRuns: 300 },
      );
    });
  });

  it("finds duplicates within one array, the nil id among them", async () => {
    await withStorage((storage) => {
      const { window } = new Queue(storage);
      expect(window.add(packed([0, 1, 0, 2, 1]), 0)).toEqual([2, 4]);
      expect(window.size).toBe(3);
    });
  });

  it("knows an id whether it waits in the outbox, has left it, or is sealed, also after an eviction", async () => {
    await withStorage((storage) => {
      const queue = new Queue(storage);
      queue.take(countedIds(0, 20), 0);
      queue.take(countedIds(20, 5), 10);
      queue.deliver(2);
      queue.take(countedIds(25, 5), 20);
      expect(TABLES.map((table) => count(storage, table))).toEqual([1, 1, 1, 1]);
      for (let turn = 0; turn < 2; turn++) {
        expect(queue.window.size).toBe(30);
        expect(queue.window.add(countedIds(0, 30), 30)).toEqual([...Array(30).keys()]);
        queue.evict();
      }
    });
  });

  it("remembers a run until the window has passed since its last id, and lets no part grow older than an eighth of it", async () => {
    await withStorage((storage) => {
      const queue = new Queue(storage);
      queue.take(countedIds(0, 2), 0);
      queue.take(idOf(2), WINDOW_MS / 8 - 1);
      queue.take(idOf(3), WINDOW_MS / 8);
      expect(queue.window.add(countedIds(0, 4), (WINDOW_MS * 9) / 8 - 2)).toEqual([0, 1, 2, 3]);
      expect(queue.window.add(countedIds(0, 4), (WINDOW_MS * 9) / 8 - 1)).toEqual([3]);
    });
  });

  it("remembers an id no longer than an eighth beyond the window, also where its part outlives an eviction", async () => {
    await withStorage((storage) => {
      const queue = new Queue(storage);
      queue.take(countedIds(0, 20), 0);
      queue.take(idOf(100), 1);
      queue.take(idOf(101), 900);
      queue.evict();
      queue.take(idOf(102), 1_500);
      expect(queue.window.add(packed([100, 102]), 9_001)).toEqual([1]);
    });
  });

  it("keeps ids that left the outbox only until they are sealed, and none that were sealed before", async () => {
    await withStorage((storage) => {
      const queue = new Queue(storage);
      queue.take(countedIds(0, 10), 0);
      queue.deliver(1);
      queue.take(countedIds(10, 10), 0);
      expect(count(storage, "seen")).toBe(1);
      queue.take(countedIds(20, 1), 0);
      expect(count(storage, "seen")).toBe(0);
      queue.deliver(1);
      expect(count(storage, "seen")).toBe(0);
      queue.deliver(1);
      expect(count(storage, "seen")).toBe(1);
    });
  });

  it("leaves nothing in storage of what is forgotten", async () => {
    await withStorage((storage) => {
      const queue = new Queue(storage);
      for (let n = 0; n < 100; n++) queue.take(idOf(n), n * 10);
      queue.deliver(100);
      for (let n = 100; n < 105; n++) queue.take(idOf(n), 1_000_000);
      expect(TABLES.map((table) => count(storage, table))).toEqual([0, 0, 0, 1]);
      expect(queue.window.size).toBe(5);
    });
  });

  it("seals nothing that is not written, so that what was never acknowledged can come again", async () => {
    await withStorage((storage) => {
      const queue = new Queue(storage);
      queue.take(countedIds(0, 20), 0);
      queue.receive(countedIds(20, 5), 1);
      queue.evict();
      expect(queue.window.add(countedIds(18, 4), 2)).toEqual([0, 1]);
    });
  });

  it("is left as it was by a transaction around it that fails", async () => {
    await withStorage((storage) => {
      const queue = new Queue(storage);
      queue.take(countedIds(0, 20), 0);
      queue.window.add(countedIds(20, 1), 1);
      const failing = () =>
        storage.transactionSync(() => {
          queue.window.sealIfDue(1);
          expect(count(storage, "dedup_run")).toBe(1);
          throw new Error("disk full");
        });
      expect(failing).toThrow("disk full");
      expect(TABLES.map((table) => count(storage, table))).toEqual([0, 0, 0, 1]);
      queue.evict();
      expect(queue.window.add(countedIds(19, 2), 2)).toEqual([0]);
    });
  });

  it("forgets the oldest where there are more ids than memory may take, and says how many", async () => {
    await withStorage((storage) => {
      // A run of 20 ids has a filter of 64 bytes.
      const queue = new Queue(storage, { ...OPTIONS, maxFilterBytes: 3 * 64 });
      for (let n = 0; n < 100; n += 10) queue.take(countedIds(n, 10), 0);
      expect(queue.window.takeForgottenEarly()).toBe(20);
      expect(queue.window.takeForgottenEarly()).toBe(0);
      expect(queue.window.size).toBe(80);
      expect(queue.window.add(packed([19, 20]), 0)).toEqual([1]);
    });
  });

  it("keeps every blob within 1 MiB", async () => {
    await withStorage((storage) => {
      const window = new DedupWindow(storage, { windowMs: WINDOW_MS });
      window.delivered([
        { seq: 1, ids: countedIds(0, 50_000) },
        { seq: 2, ids: countedIds(50_000, 50_000) },
      ]);
      expect(storage.sql.exec("SELECT length(ids) AS bytes FROM seen ORDER BY id").toArray()).toEqual([
        { bytes: 1_048_576 },
        { bytes: 551_424 },
      ]);
      window.rebuild([]);
      expect(window.size).toBe(100_000);
    });
  });

  it("counts the rows that it writes", async () => {
    await withStorage((storage) => {
      const queue = new Queue(storage);
      queue.window.takeRowsWritten();
      queue.take(countedIds(0, 20), 1_000_000);
      queue.deliver(1);
      expect(queue.window.takeRowsWritten()).toBe(1);
      // The run, its one bucket, the state, and the row of `seen` that went.
      queue.take(idOf(20), 1_000_001);
      expect(queue.window.takeRowsWritten()).toBe(4);
      queue.window.add(idOf(21), 1_000_000 + 2 * WINDOW_MS);
      queue.write();
      // The state, and the run and its bucket that went: what was open is too old to become a run.
      expect(queue.window.takeRowsWritten()).toBe(3);
    });
  });
});
