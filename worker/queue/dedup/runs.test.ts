import { describe, expect, it } from "vitest";
import { ID_BYTES } from "../../events/ids.ts";
import { IdHash } from "./hash.ts";
import { WORDS, wordsOf } from "./id-set.ts";
import { SealedRuns } from "./runs.ts";
import { DedupStore } from "./store.ts";
import { countedIds, withStorage } from "./testing.ts";

const open = (storage: DurableObjectStorage) => {
  const store = new DedupStore(storage);
  const runs = new SealedRuns(store, new IdHash(store.readState().hashKey));
  store.takeRowsWritten();
  return { store, runs };
};

/** How many of packed ids are in runs. */
const countKnown = (runs: SealedRuns, ids: Uint8Array) => {
  const words = wordsOf(ids);
  let known = 0;
  for (let at = 0; at < words.length; at += WORDS) known += Number(runs.has(words, at));
  return known;
};

const numbers = (storage: DurableObjectStorage, query: string) => storage.sql.exec(query).one();

/** Ids of one run that leave each of their bytes to whoever chooses them. */
const CHOSEN: Record<string, (i: number, id: Uint8Array) => void> = {
  "count in the last bytes": (i, id) => new DataView(id.buffer).setUint32(12, i),
  "count in the first bytes": (i, id) => new DataView(id.buffer).setUint32(0, i),
  "count in low bytes that others leave alone": (i, id) => new DataView(id.buffer).setUint32(4, i, true),
};

describe("sealed runs", () => {
  it("know exactly the ids that were sealed, now and after they are loaded", async () => {
    await withStorage((storage) => {
      const { runs } = open(storage);
      runs.seal(wordsOf(countedIds(0, 5_000)), 1_000);
      runs.seal(wordsOf(countedIds(5_000, 3_000)), 2_000);
      for (const each of [runs, open(storage).runs]) {
        expect(countKnown(each, countedIds(0, 8_000))).toBe(8_000);
        expect(countKnown(each, countedIds(8_000, 20_000))).toBe(0);
        expect(each.size).toBe(8_000);
      }
    });
  });

  it.each(Object.entries(CHOSEN))(
    "stay within the platform's bounds, a row per thousand ids, where ids %s",
    async (_, write) => {
      await withStorage((storage) => {
        const { store, runs } = open(storage);
        const COUNT = 262_144;
        const ids = new Uint8Array(COUNT * ID_BYTES);
        for (let i = 0; i < COUNT; i++) {
          const id = new Uint8Array(ID_BYTES).fill(0xa5);
          write(i, id);
          ids.set(id, i * ID_BYTES);
        }
        runs.seal(wordsOf(ids), 1_000);

        expect(store.takeRowsWritten()).toBe(257);
        expect(runs.filterBytes).toBe(524_288);
        expect(numbers(storage, "SELECT max(length(filter)) AS bytes FROM dedup_run")).toEqual({
          bytes: 524_288,
        });
        // Eight standard deviations from the mean of 1,024; the bound is 1 MiB.
        const { ids: most } = numbers(storage, "SELECT max(length(ids)) / 16 AS ids FROM dedup_bucket");
        expect(most).toBeLessThan(1_024 + 8 * 32);
        expect(countKnown(runs, ids.subarray(0, 1_600))).toBe(100);
      });
    },
  );

  it("forget the oldest first, in memory at once, in storage a few at a write", async () => {
    await withStorage((storage) => {
      const { runs: sealing } = open(storage);
      for (let run = 0; run < 5; run++) sealing.seal(wordsOf(countedIds(run * 3_000, 3_000)), run * 1_000);
      const { runs } = open(storage);
      runs.forgetUntil(2_000);
      expect(countKnown(runs, countedIds(0, 9_000))).toBe(0);
      expect(countKnown(runs, countedIds(9_000, 6_000))).toBe(6_000);

      const left = () => numbers(storage, "SELECT count(*) AS runs, sum(ids) AS ids FROM dedup_run");
      expect(left()).toEqual({ runs: 5, ids: 15_000 });
      runs.removeForgotten();
      expect(left()).toEqual({ runs: 3, ids: 9_000 });
      runs.removeForgotten();
      expect(left()).toEqual({ runs: 2, ids: 6_000 });
      expect(runs.hasForgotten).toBe(false);
      expect(
        numbers(storage, "SELECT count(*) AS rows, sum(length(ids)) AS bytes FROM dedup_bucket"),
      ).toEqual({ rows: 6, bytes: 96_000 });
      expect(countKnown(open(storage).runs, countedIds(0, 16_000))).toBe(6_000);
    });
  });

  it("forget as many as it takes to stay within their memory, and say how many ids that was", async () => {
    await withStorage((storage) => {
      const { runs } = open(storage);
      for (let run = 0; run < 4; run++) runs.seal(wordsOf(countedIds(run * 10, 10)), run);
      expect(runs.filterBytes).toBe(4 * 32);
      expect(runs.forgetBeyond(2 * 32)).toBe(20);
      expect(countKnown(runs, countedIds(0, 40))).toBe(20);
      expect(countKnown(runs, countedIds(20, 20))).toBe(20);
    });
  });
});
