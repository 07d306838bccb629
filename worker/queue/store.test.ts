import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ID_BYTES, seededId } from "../events/ids.ts";
import { total } from "../firehose/pack.ts";
import { newQueue } from "../testing/queue.ts";
import { NEW_DELIVERY } from "./breaker.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { Fate } from "./fate.ts";
import { parcelOf } from "./parcel.ts";
import { Sql } from "./sql.ts";
import { NO_TOTALS } from "./stats.ts";
import { NO_COUNTS, QueueStore, type RequestCounts } from "./store.ts";
import { NO_TALLY } from "./tally.ts";
import type { Held, OutboxRow, Unit } from "./unit.ts";

const SEED = "01890a5d-ac96-774b-bcce-b302099a8057";
const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const FAILURE = { code: "InternalFailure", message: "m" };
const NOTHING = { events: 0, bytes: 0 };
const MAX = Number.MAX_SAFE_INTEGER;

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Lines that are numbers, with the ids of these. */
const eventChunk = (numbers: number[]) => {
  const events = numbers.map((n) => ({ eventId: seededId(SEED, n), userId: "player", json: `${n}}` }));
  const nothingElse = { keys: [], rejected: 0, rejections: [], clientDropped: 0 };
  const { ids, lines } = parcelOf(events, encode("\n"), nothingElse);
  return { ids, lines, events: numbers.length };
};

/** The numbers that ids were made of. */
const numbersOf = (ids: Uint8Array) =>
  Array.from({ length: ids.byteLength / ID_BYTES }, (_, i) => ids[(i + 1) * ID_BYTES - 1]);

/** The store of an object that has done nothing yet. */
class Kit {
  readonly sql: Sql;
  readonly letters: DeadLetters;
  readonly store: QueueStore;
  lastSeq = 0;

  constructor(storage: DurableObjectStorage) {
    this.sql = new Sql(storage);
    this.letters = new DeadLetters(this.sql, storage);
    this.store = new QueueStore(this.sql, this.letters, storage);
  }

  events(numbers: number[], counts: Partial<RequestCounts> = {}): void {
    const chunk = eventChunk(numbers);
    this.lastSeq = this.store.append(this.lastSeq, NOW, "event", chunk, { ...NO_COUNTS, ...counts });
  }

  notice(text: string): void {
    const chunk = { ids: new Uint8Array(), lines: encode(`${text}\n`), events: 1 };
    this.lastSeq = this.store.append(this.lastSeq, NOW, "notice", chunk, NO_COUNTS);
  }

  get fresh(): OutboxRow[] {
    return [...this.store.freshRows(0, MAX)];
  }

  /** Everything that no failed record holds, as one record; or each row as one. */
  get freshUnit(): Unit {
    return unitOf(this.fresh);
  }
  get freshUnits(): Unit[] {
    return this.fresh.map((row) => unitOf([row]));
  }
  get heldUnits(): Unit[] {
    return this.store.heldRecords().map((held) => this.store.heldUnit(held));
  }

  settle(units: Unit[], fates: Fate[], now = NOW) {
    const { left, ...amounts } = this.store.settle(units, fates, now);
    return { ...amounts, left: left.flatMap(({ ids }) => numbersOf(ids)) };
  }

  /** Rows that wait: number, lines, ids. */
  get outbox() {
    return this.sql
      .rows<{ seq: number; lines: ArrayBuffer; ids: ArrayBuffer }>("SELECT seq, lines, ids FROM outbox")
      .map(({ seq, lines, ids }) => [seq, decode(new Uint8Array(lines)), numbersOf(new Uint8Array(ids))]);
  }

  /** Records that failed: which rows, and how often. */
  get held() {
    return this.store.heldRecords().map(({ firstSeq, lastSeq, attempts }) => [firstSeq, lastSeq, attempts]);
  }

  get deadLines(): string[] {
    return this.letters.page(0, 1_000, undefined).letters.map(({ line }) => line);
  }
}

const unitOf = (rows: OutboxRow[], held: Held | null = null): Unit => ({
  rows,
  held,
  ...total(rows),
  kind: rows[0]?.kind ?? "event",
});

const withStore = <T>(work: (kit: Kit) => T): Promise<T> =>
  runInDurableObject(newQueue(), (_, { storage }) => work(new Kit(storage)));

const again = (attempts: number, isSuspect = false): Fate => ({ kind: "again", attempts, isSuspect });
const partly = (refused: number[], attempts: number): Fate => ({ kind: "partly", refused, attempts });
const dead = (attempts: number, refused: "all" | number[] = "all", failure = FAILURE): Fate => ({
  kind: "dead",
  refused,
  attempts,
  failure,
});
const DELIVERED: Fate = { kind: "delivered" };
const SPLIT: Fate = { kind: "split" };

describe("what waits", () => {
  it("is a row for each write, whose number leaves room for a number for each line", async () => {
    await withStore((kit) => {
      kit.events([1, 2, 3]);
      kit.events([4]);
      expect(kit.outbox).toEqual([
        [1, "1\n2\n3\n", [1, 2, 3]],
        [513, "4\n", [4]],
      ]);
      expect(kit.lastSeq).toBe(1_024);
    });
  });

  it("counts notices in its bytes, but not as events", async () => {
    await withStore((kit) => {
      expect([kit.store.readDepth(), kit.store.oldestAt()]).toEqual([NOTHING, null]);
      kit.notice("note");
      kit.events([1, 2]);
      expect([kit.store.readDepth(), kit.store.oldestAt()]).toEqual([{ events: 2, bytes: 9 }, NOW]);
      const settled = kit.settle(kit.freshUnits, [DELIVERED, DELIVERED]);
      expect(settled).toEqual({ delivered: { events: 2, bytes: 9 }, dead: NOTHING, left: [1, 2] });
      expect(kit.store.readDepth()).toEqual(NOTHING);
    });
  });

  it("is read from one row to another, without records that failed", async () => {
    await withStore((kit) => {
      for (const n of [1, 2, 3, 4, 5]) kit.events([n]);
      kit.settle([unitOf(kit.fresh.slice(1, 3))], [again(1)]);
      const lines = (after: number, upTo: number) =>
        [...kit.store.freshRows(after, upTo)].map(({ lines }) => decode(lines)).join("");
      expect([lines(0, MAX), lines(1, MAX), lines(0, 1_537)]).toEqual(["1\n4\n5\n", "4\n5\n", "1\n4\n"]);
    });
  });

  it("tells its ids behind a number", async () => {
    await withStore((kit) => {
      kit.events([1, 2]);
      kit.events([3]);
      const ids = [...kit.store.idsAfter(512)].map(({ at, ids }) => [at, numbersOf(ids)]);
      expect(ids).toEqual([[NOW, [3]]]);
    });
  });
});

describe("a record that failed", () => {
  it("keeps its rows together, byte for byte, and is sent again after those that wait longer", async () => {
    await withStore((kit) => {
      for (const n of [1, 2, 3, 4]) kit.events([n]);
      const [one, two, three] = kit.fresh.map((row) => unitOf([row]));
      if (!one || !two || !three) throw new Error("there are no rows");
      kit.settle([unitOf([...two.rows, ...three.rows])], [again(1)], NOW);
      kit.settle([one], [again(0, true)], NOW + 1);
      expect(kit.store.heldRecords()).toEqual([
        { firstSeq: 513, lastSeq: 1_025, attempts: 1, since: NOW, triedAt: NOW, isSuspect: false },
        { firstSeq: 1, lastSeq: 1, attempts: 0, since: NOW + 1, triedAt: NOW + 1, isSuspect: true },
      ]);

      kit.settle(kit.heldUnits, [again(2), again(0, true)], NOW + 2);
      expect(kit.store.heldRecords()).toEqual([
        { firstSeq: 1, lastSeq: 1, attempts: 0, since: NOW + 1, triedAt: NOW + 2, isSuspect: true },
        { firstSeq: 513, lastSeq: 1_025, attempts: 2, since: NOW, triedAt: NOW + 2, isSuspect: false },
      ]);
      const lines = kit.heldUnits.map(({ rows }) => rows.map(({ lines }) => decode(lines)).join(""));
      expect(lines).toEqual(["1\n", "2\n3\n"]);
    });
  });

  it("is gone for good once it is taken", async () => {
    await withStore((kit) => {
      kit.events([1]);
      kit.events([2]);
      kit.settle([kit.freshUnit], [again(1)]);
      expect(kit.settle(kit.heldUnits, [DELIVERED])).toEqual({
        delivered: { events: 2, bytes: 4 },
        dead: NOTHING,
        left: [1, 2],
      });
      expect([kit.outbox, kit.held]).toEqual([[], []]);
    });
  });
});

describe("a call in which each line was a record", () => {
  it("leaves exactly the lines that were refused, in their own rows", async () => {
    await withStore((kit) => {
      kit.events([1, 2]);
      kit.events([3, 4, 5]);
      kit.events([6]);
      expect(kit.settle([kit.freshUnit], [partly([2, 4], 1)])).toEqual({
        delivered: { events: 4, bytes: 8 },
        dead: NOTHING,
        left: [1, 2, 4, 6],
      });
      expect(kit.outbox).toEqual([[513, "3\n5\n", [3, 5]]]);
      expect([kit.held, kit.fresh]).toEqual([[[1, 1_025, 1]], []]);
    });
  });

  it("buries only what was refused too often", async () => {
    await withStore((kit) => {
      kit.events([1, 2, 3]);
      kit.settle([kit.freshUnit], [partly([0, 2], 1)]);
      expect(kit.settle(kit.heldUnits, [dead(2, [1])])).toEqual({
        delivered: { events: 1, bytes: 2 },
        dead: { events: 1, bytes: 2 },
        left: [1, 3],
      });
      expect([kit.outbox, kit.held, kit.deadLines]).toEqual([[], [], ["3\n"]]);
    });
  });
});

describe("a record that is split", () => {
  it("is parted between its rows, then in the middle of a row, in place", async () => {
    await withStore((kit) => {
      kit.events([1, 2, 3, 4, 5]);
      kit.events([6]);
      kit.events([7]);
      kit.settle([kit.freshUnit], [again(2, true)], NOW);
      expect(kit.settle(kit.heldUnits, [SPLIT], NOW + 1)).toEqual({
        delivered: NOTHING,
        dead: NOTHING,
        left: [],
      });
      const part = { attempts: 0, since: NOW, triedAt: NOW + 1, isSuspect: true };
      expect(kit.store.heldRecords()).toEqual([
        { firstSeq: 1, lastSeq: 513, ...part },
        { firstSeq: 1_025, lastSeq: 1_025, ...part },
      ]);

      kit.settle(kit.heldUnits.slice(0, 1), [SPLIT], NOW + 2);
      kit.settle(kit.heldUnits.slice(1, 2), [SPLIT], NOW + 3);
      expect(kit.outbox).toEqual([
        [1, "1\n2\n3\n", [1, 2, 3]],
        [4, "4\n5\n", [4, 5]],
        [513, "6\n", [6]],
        [1_025, "7\n", [7]],
      ]);
    });
  });

  it("comes down to single events, whatever its rows and whichever half goes first: none is lost, doubled or moved", async () => {
    const rows = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(rows, fc.func(fc.nat()), (sizes, choose) =>
        withStore((kit) => {
          let n = 0;
          for (const size of sizes) kit.events(Array.from({ length: size }, () => ++n));
          kit.settle([kit.freshUnit], [again(0)]);
          for (let turn = 0; ; turn++) {
            const large = kit.heldUnits.filter(({ events }) => events > 1);
            const unit = large[choose(turn) % large.length];
            if (unit === undefined) break;
            kit.settle([unit], [SPLIT], NOW + turn);
          }
          const all = Array.from({ length: n }, (_, index) => index + 1);
          expect(kit.outbox.map(([, lines, ids]) => [lines, ids])).toEqual(
            all.map((one) => [`${one}\n`, [one]]),
          );
          const seqs = kit.outbox.map(([seq]) => seq);
          expect(kit.held.toSorted(([a = 0], [b = 0]) => a - b)).toEqual(seqs.map((seq) => [seq, seq, 0]));
          expect(kit.fresh).toEqual([]);
        }),
      ),
      { numRuns: 30 },
    );
  });
});

describe("a dead letter", () => {
  it("says all that is known of a line's end; letters stand in the order in which their events came", async () => {
    await withStore((kit) => {
      kit.events([1]);
      kit.notice("note");
      kit.settle(kit.freshUnits.toReversed(), [dead(3), dead(4)], NOW + 1);
      const burial = { at: NOW + 1, ...FAILURE };
      expect(kit.letters.page(0, 10, undefined).letters).toEqual([
        { seq: 1, ...burial, attempts: 4, history: [], line: "1\n" },
        { seq: 513, ...burial, attempts: 3, history: [], line: "note\n" },
      ]);
      expect(kit.letters.amount()).toEqual({ letters: 2, events: 1, bytes: 7 });
    });
  });

  it("that is replayed waits behind all others, in its old place among its kind", async () => {
    await withStore((kit) => {
      for (const n of [1, 2, 3, 4]) kit.events([n]);
      const other = { code: "Other", message: "m" };
      kit.settle(kit.freshUnits.toReversed(), [DELIVERED, dead(3), dead(3, "all", other), dead(3)]);
      kit.notice("note");
      kit.lastSeq = kit.store.replay(kit.lastSeq, NOW + 1, { code: "InternalFailure" });
      kit.lastSeq = kit.store.replay(kit.lastSeq, NOW + 2, { seqs: [513] });
      kit.events([5]);
      expect(kit.outbox).toEqual([
        [2_049, "note\n", []],
        [2_561, "1\n", [1]],
        [3_073, "3\n", [3]],
        [3_585, "2\n", [2]],
        [4_097, "5\n", [5]],
      ]);
      expect(kit.store.replay(kit.lastSeq, NOW, { code: "NoSuchCode" })).toBe(kit.lastSeq);
    });
  });

  it("remembers each of its burials, though it was packed and split with others in between", async () => {
    await withStore((kit) => {
      kit.events([1, 2]);
      kit.settle([kit.freshUnit], [dead(3)], NOW);
      kit.lastSeq = kit.store.replay(kit.lastSeq, NOW, {});
      kit.letters.remove({});
      kit.settle([kit.freshUnit], [again(1)]);
      kit.settle(kit.heldUnits, [SPLIT]);
      kit.settle(kit.heldUnits, [dead(4), DELIVERED], NOW + 1);
      kit.lastSeq = kit.store.replay(kit.lastSeq, NOW + 1, {});
      kit.letters.remove({});
      kit.settle([kit.freshUnit], [dead(5)], NOW + 2);
      expect(kit.letters.page(0, 10, undefined).letters).toEqual([
        {
          seq: 1_537,
          at: NOW + 2,
          ...FAILURE,
          attempts: 5,
          line: "1\n",
          history: [
            { at: NOW, ...FAILURE, attempts: 3 },
            { at: NOW + 1, ...FAILURE, attempts: 4 },
          ],
        },
      ]);
    });
  });

  it("leaves its history to each line of a row that is split", async () => {
    await withStore((kit) => {
      kit.events([1, 2, 3]);
      kit.sql.write("UPDATE outbox SET history = '[7]'");
      kit.settle([kit.freshUnit], [SPLIT]);
      expect(kit.heldUnits.map(({ rows }) => rows[0]?.history)).toEqual(["[7]", "[7]"]);
    });
  });
});

describe("cutting", () => {
  const isOut = (line: Uint8Array) => ["2\n", "5\n", "24\n"].includes(decode(line));

  it("takes out the lines that are meant, and no other that holds the same text", async () => {
    await withStore((kit) => {
      kit.events([1, 2, 3]);
      kit.events([24, 42]);
      kit.events([5]);
      kit.events([2]);
      expect(kit.store.cut(encode("2"), isOut)).toEqual({ events: 3, bytes: 7 });
      expect(kit.outbox).toEqual([
        [1, "1\n3\n", [1, 3]],
        [513, "42\n", [42]],
        [1_025, "5\n", [5]],
      ]);
      expect(kit.store.readDepth()).toEqual({ events: 4, bytes: 9 });
    });
  });

  it("forgets a record that failed once nothing of it is left, and keeps together what is", async () => {
    await withStore((kit) => {
      kit.events([2]);
      for (const n of [1, 2, 3]) kit.events([n]);
      const [first, ...others] = kit.fresh;
      if (first === undefined) throw new Error("there are no rows");
      kit.settle([unitOf([first]), unitOf(others)], [again(1), again(2)]);
      kit.store.cut(encode("2"), isOut);
      expect(kit.held).toEqual([[513, 1_537, 2]]);
      expect(kit.heldUnits.map(({ rows }) => rows.map(({ lines }) => decode(lines)).join(""))).toEqual([
        "1\n3\n",
      ]);
    });
  });

  it("takes notices too, which are no events", async () => {
    await withStore((kit) => {
      kit.notice("2");
      expect(kit.store.cut(encode("2"), isOut)).toEqual({ events: 0, bytes: 2 });
      expect(kit.store.readDepth()).toEqual(NOTHING);
    });
  });
});

describe("the state", () => {
  const NEW = {
    version: 1,
    lastSeq: 0,
    totals: NO_TOTALS,
    tally: NO_TALLY,
    delivery: NEW_DELIVERY,
    birth: null,
    toldTrouble: null,
    boardsUpTo: 0,
  };
  const saved = { ...NEW, version: 1 as const, lastSeq: 512, birth: { salt: "s" } };

  it("is new where nothing was saved", async () => {
    await withStore((kit) => expect(kit.store.readState()).toEqual(NEW));
  });

  it("is what was saved last, and what the rows since then brought: they need no write of their own", async () => {
    await withStore((kit) => {
      kit.events([1], { duplicates: 9, rejected: 9, erased: 9 });
      const before = {
        ...saved,
        totals: { ...NO_TOTALS, accepted: 10, received: 20 },
        tally: { ...NO_TALLY, lineBytes: 100 },
      };
      kit.store.saveState(before);
      expect(kit.store.readState()).toEqual(before);

      kit.events([2, 3], {
        duplicates: 1,
        rejected: 2,
        rejected_unrecorded: 1,
        client_dropped: 4,
        erased: 5,
      });
      kit.notice("note");
      expect(kit.store.readState()).toEqual({
        ...saved,
        lastSeq: kit.lastSeq,
        totals: {
          ...NO_TOTALS,
          accepted: 17,
          received: 30,
          duplicates: 1,
          rejected: 2,
          rejected_unrecorded: 1,
          client_dropped: 4,
          erased: 5,
          rows_written: 2,
        },
        tally: { ...NO_TALLY, lineBytes: 100 + encode("2\n3\nnote\n").byteLength },
      });
    });
  });

  it("never lets a number be taken twice, however the last row was written", async () => {
    await withStore((kit) => {
      kit.events([1, 2, 3]);
      kit.settle([kit.freshUnit], [SPLIT]);
      expect(kit.store.readState().lastSeq).toBe(512);
      kit.settle(kit.heldUnits, [dead(1), dead(1)]);
      expect(kit.store.replay(512, NOW, {})).toBe(2_048);
      expect(kit.store.readState().lastSeq).toBe(2_048);
    });
  });
});
