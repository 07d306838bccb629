import { Filter, newBits, spread } from "./filter.ts";
import type { IdHash } from "./hash.ts";
import { copy, isSame, WORDS, wordsOf } from "./id-set.ts";
import type { DedupStore } from "./store.ts";

/** Ids in a bucket in the mean: 16 KiB, which is what finding an id in a run reads. */
const IDS_PER_BUCKET = 1_024;

/** Forgotten runs that one write removes from storage: each is up to 257 rows, and a queue that slept has many to remove. */
const REMOVALS_PER_WRITE = 2;

/** What memory holds of a run. */
interface Run {
  run: number;
  until: number;
  ids: number;
  buckets: number;
  filter: Filter;
}

/** Ids sealed in storage, of which memory holds the filters alone: one that a filter knows is looked up in its bucket. */
export class SealedRuns {
  readonly #store: DedupStore;
  readonly #hash: IdHash;
  /** Newest first: what is sent again is mostly sent again soon. */
  readonly #live: Run[] = [];
  /** Numbers of runs that storage still holds, and no look-up minds. */
  readonly #forgotten: number[] = [];
  readonly #bits = newBits();
  #lastRun = 0;

  constructor(store: DedupStore, hash: IdHash) {
    this.#store = store;
    this.#hash = hash;
    for (const row of store.runs()) {
      this.#live.unshift({ ...row, filter: new Filter(wordsOf(row.filter)) });
      this.#lastRun = row.run;
    }
  }

  /** How many ids it remembers. */
  get size(): number {
    return this.#live.reduce((sum, { ids }) => sum + ids, 0);
  }

  /** What its filters take of memory. */
  get filterBytes(): number {
    return this.#live.reduce((sum, { filter }) => sum + filter.bytes.byteLength, 0);
  }

  has(words: Uint32Array, at: number): boolean {
    const hash = this.#hash.of(words, at);
    spread(hash, this.#bits);
    for (const run of this.#live) {
      if (run.filter.mayHave(hash, this.#bits) && this.#isStored(run, hash, words, at)) return true;
    }
    return false;
  }

  #isStored({ run, buckets }: Run, hash: number, words: Uint32Array, at: number): boolean {
    const ids = wordsOf(this.#store.readBucket(run, bucketOf(hash, buckets)));
    for (let other = 0; other < ids.length; other += WORDS) if (isSame(ids, other, words, at)) return true;
    return false;
  }

  /** Makes ids a run, the last of which came at `until`. Must run in a transaction. */
  seal(ids: Uint32Array, until: number): void {
    const hashes = new Uint32Array(ids.length / WORDS);
    for (let i = 0; i < hashes.length; i++) hashes[i] = this.#hash.of(ids, i * WORDS);
    const buckets = Math.ceil(hashes.length / IDS_PER_BUCKET);
    const run = { run: ++this.#lastRun, until, ids: hashes.length, buckets, filter: Filter.of(hashes) };
    this.#store.addRun({ ...run, filter: run.filter.bytes });
    for (const [bucket, bytes] of bucketsOf(ids, hashes, buckets).entries()) {
      this.#store.addBucket(run.run, bucket, bytes);
    }
    this.#live.unshift(run);
  }

  /** Forgets the runs of which no id came after `time`. */
  forgetUntil(time: number): void {
    while ((this.#live.at(-1)?.until ?? Number.POSITIVE_INFINITY) <= time) this.#forgetOldest();
  }

  /** Forgets the oldest runs until the filters fit into so much memory, and says how many ids that were. */
  forgetBeyond(maxFilterBytes: number): number {
    const before = this.size;
    while (this.filterBytes > maxFilterBytes) this.#forgetOldest();
    return before - this.size;
  }

  #forgetOldest(): void {
    const oldest = this.#live.pop();
    if (oldest) this.#forgotten.push(oldest.run);
  }

  /** Whether storage holds runs that are forgotten. */
  get hasForgotten(): boolean {
    return this.#forgotten.length > 0;
  }

  /** Removes forgotten runs from storage, a few at a time. Must run in a transaction. */
  removeForgotten(): void {
    for (const run of this.#forgotten.splice(0, REMOVALS_PER_WRITE)) this.#store.removeRun(run);
  }
}

/** A hash's share of `buckets`, by its high bits: its low ones choose the filter's block. */
function bucketOf(hash: number, buckets: number): number {
  return Math.floor((hash * buckets) / 2 ** 32);
}

/** The packed ids of each bucket. */
function bucketsOf(ids: Uint32Array, hashes: Uint32Array, buckets: number): Uint8Array[] {
  const ends = new Uint32Array(buckets + 1);
  for (const hash of hashes) {
    const after = bucketOf(hash, buckets) + 1;
    ends[after] = (ends[after] as number) + 1;
  }
  for (let i = 1; i < ends.length; i++) ends[i] = (ends[i] as number) + (ends[i - 1] as number);
  const starts = ends.slice();
  const sorted = new Uint32Array(ids.length);
  for (let i = 0; i < hashes.length; i++) {
    const bucket = bucketOf(hashes[i] as number, buckets);
    const place = ends[bucket] as number;
    ends[bucket] = place + 1;
    copy(ids, i * WORDS, sorted, place * WORDS);
  }
  const bytes = new Uint8Array(sorted.buffer);
  return Array.from({ length: buckets }, (_, i) =>
    bytes.subarray((starts[i] as number) * WORDS * 4, (starts[i + 1] as number) * WORDS * 4),
  );
}
