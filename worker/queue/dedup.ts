import { IdSet, wordsOf } from "./dedup/id-set.ts";

/** The ids remembered at most: about 45 MB of an isolate's 128. Beyond them the oldest are forgotten before their time. */
export const MAX_IDS = 1_000_000;

/** A window is forgotten in halves: an id is remembered for the window and up to half more. Each part is a look-up more for a new id. */
const SEGMENTS = 2;

interface Segment {
  since: number;
  ids: IdSet;
}

/** Exact memory of the ids of a time window, for one queue. Holds no state of its own: storage rebuilds it. */
export class DedupWindow {
  readonly #windowMs: number;
  /** Oldest first; the last one takes what is new. */
  #segments: Segment[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** How many ids it remembers. */
  get size(): number {
    return this.#segments.reduce((sum, { ids }) => sum + ids.size, 0);
  }

  /** Remembers packed ids seen at `at`, and says which of them it knew: the indexes of duplicates, rising. */
  add(packedIds: Uint8Array, at: number): number[] {
    this.#forget(at);
    const words = wordsOf(packedIds);
    const duplicates: number[] = [];
    for (let index = 0; index < words.length / 4; index++) {
      if (!this.#addOne(words, index * 4, at)) duplicates.push(index);
    }
    return duplicates;
  }

  #addOne(words: Uint32Array, offset: number, at: number): boolean {
    const newest = this.#newest(at);
    for (const { ids } of this.#segments) if (ids !== newest && ids.has(words, offset)) return false;
    return newest.add(words, offset);
  }

  #newest(at: number): IdSet {
    const last = this.#segments.at(-1);
    if (last && at < last.since + this.#windowMs / SEGMENTS && last.ids.size < MAX_IDS / SEGMENTS)
      return last.ids;
    const segment = { since: at, ids: new IdSet() };
    this.#segments.push(segment);
    if (this.size > MAX_IDS - MAX_IDS / SEGMENTS) this.#segments.shift();
    return segment.ids;
  }

  /** A segment takes ids for a part of the window: once that and a whole window have passed, nothing in it counts. */
  #forget(now: number): void {
    const lifeMs = this.#windowMs * (1 + 1 / SEGMENTS);
    while (this.#segments[0] && this.#segments[0].since <= now - lifeMs) this.#segments.shift();
  }
}
