import { concat } from "../parcel.ts";
import { IdHash } from "./hash.ts";
import { IdSet, WORDS, wordsOf } from "./id-set.ts";
import { SealedRuns } from "./runs.ts";
import { type DedupState, DedupStore, type Lot } from "./store.ts";

/** Ids held in memory as they are, about 8 MB; so many are one run. */
const MAX_OPEN_IDS = 262_144;

/** A part takes ids for this share of the window: by so much longer than the window is an id remembered at most. */
const PARTS_PER_WINDOW = 8;

/**
 * What filters may take of an isolate's 128 MB, which the queue's other work, and perhaps another queue, share: 96 full runs
 * or 25 million ids. Beyond it the oldest run is forgotten before its time.
 */
const MAX_FILTER_BYTES = 48 * 1_048_576;

interface DedupOptions {
  /** How long an id is remembered at least. */
  windowMs: number;
  maxOpenIds?: number;
  maxFilterBytes?: number;
}

/** Ids of an outbox row. */
interface OutboxIds {
  seq: number;
  ids: Uint8Array;
}

/** Ids that came one after the other and are in no run yet, and when the first and the last of them came. */
interface Part {
  ids: IdSet;
  since: number;
  until: number;
}

/**
 * Exact memory of the ids of a time window, for one queue: an id is remembered for `windowMs` at least and an eighth longer at
 * most. Ids come into the *open* part, in memory; they are durable all the while, in the outbox or in `seen`. When it is full or
 * an eighth of the window old, it is *closed*; the next write *seals* it: its ids become a run in storage, of which memory keeps
 * a filter, and storage need not keep them otherwise.
 *
 * Memory is never behind storage. It is ahead where a write fails: then throw the window away, and make it anew from storage.
 */
export class DedupWindow {
  readonly #store: DedupStore;
  readonly #windowMs: number;
  readonly #maxOpenIds: number;
  readonly #maxFilterBytes: number;
  readonly #hash: IdHash;
  readonly #runs: SealedRuns;
  #state: DedupState;
  #open: Part;
  /** What the next write seals. */
  #closed: Part | undefined;
  #forgottenEarly = 0;

  /** Makes its tables, where there are none, and loads what memory needs of its runs; `rebuild` does the rest. */
  constructor(
    storage: DurableObjectStorage,
    { windowMs, maxOpenIds = MAX_OPEN_IDS, maxFilterBytes = MAX_FILTER_BYTES }: DedupOptions,
  ) {
    this.#windowMs = windowMs;
    this.#maxOpenIds = maxOpenIds;
    this.#maxFilterBytes = maxFilterBytes;
    this.#store = new DedupStore(storage);
    this.#state = this.#store.readState();
    this.#hash = new IdHash(this.#state.hashKey);
    this.#runs = new SealedRuns(this.#store, this.#hash);
    this.#open = this.#newPart(0);
  }

  /** How many ids it remembers. */
  get size(): number {
    return this.#open.ids.size + (this.#closed?.ids.size ?? 0) + this.#runs.size;
  }

  /** What the filters for sealed ids take of memory. */
  get filterBytes(): number {
    return this.#runs.filterBytes;
  }

  /** The ids of outbox rows up to this `seq` are in runs: `rebuild` need not be given them. */
  get sealedSeq(): number {
    return this.#state.sealedSeq;
  }

  /** Recalls ids that are in no run: its own, and those of `outbox`, the rows after `sealedSeq`. To be called once, first. */
  rebuild(outbox: Iterable<Lot>): void {
    for (const lot of this.#store.seen()) this.#recall(lot);
    for (const lot of outbox) this.#recall(lot);
    this.#open.since = this.#state.openedAt;
  }

  #recall({ at, ids }: Lot): void {
    const words = wordsOf(ids);
    for (let offset = 0; offset < words.length; offset += WORDS) this.#open.ids.add(words, offset);
    this.#open.until = Math.max(this.#open.until, at);
  }

  /** Remembers packed ids that came at `at`, and says which of them it knew: the indexes of duplicates, rising. */
  add(packedIds: Uint8Array, at: number): number[] {
    this.#runs.forgetUntil(at - this.#windowMs);
    this.#closeIfDue(at);
    const words = wordsOf(packedIds);
    const duplicates: number[] = [];
    for (let offset = 0; offset < words.length; offset += WORDS) {
      if (this.#has(words, offset)) duplicates.push(offset / WORDS);
      else this.#open.ids.add(words, offset);
    }
    if (duplicates.length < words.length / WORDS) this.#open.until = Math.max(this.#open.until, at);
    return duplicates;
  }

  #has(words: Uint32Array, offset: number): boolean {
    return (
      this.#open.ids.has(words, offset) ||
      this.#closed?.ids.has(words, offset) === true ||
      this.#runs.has(words, offset)
    );
  }

  /** Ids that come now may not be written yet: a part is closed to them, so that it can be sealed with the next write. */
  #closeIfDue(at: number): void {
    const { ids, since, until } = this.#open;
    if (ids.size === 0) this.#open.since = at;
    const isOld = at - this.#open.since >= this.#windowMs / PARTS_PER_WINDOW;
    if (this.#closed !== undefined || (ids.size < this.#maxOpenIds && !isOld)) return;
    // After a long silence nothing of it counts any more. Sealing then only cleans up.
    const isForgotten = until <= at - this.#windowMs;
    this.#closed = isForgotten ? this.#newPart(since) : this.#open;
    this.#open = this.#newPart(at);
  }

  /** Keeps the ids of rows that left the outbox. A row that holds ids of several others counts as the last of them. */
  delivered(rows: readonly OutboxIds[]): void {
    const unsealed = rows.filter(({ seq }) => seq > this.sealedSeq);
    this.#store.addSeen((this.#closed ?? this.#open).until, concat(unsealed.map(({ ids }) => ids)));
  }

  /**
   * Seals a closed part, and removes from storage what is forgotten. To be called in the same turn, and the same transaction if
   * there is one, as every write that makes durable all ids that came by now. `seqBefore` is the last row before that write.
   */
  sealIfDue(seqBefore: number): void {
    if (this.#closed === undefined && !this.#runs.hasForgotten) return;
    this.#store.transaction(() => {
      if (this.#closed !== undefined) this.#seal(this.#closed, seqBefore);
      this.#runs.removeForgotten();
    });
  }

  #seal({ ids, until }: Part, seqBefore: number): void {
    if (ids.size > 0) this.#runs.seal(ids.toWords(), until);
    this.#store.clearSeen();
    this.#state = { ...this.#state, sealedSeq: seqBefore, openedAt: this.#open.since };
    this.#store.saveState(this.#state);
    this.#closed = undefined;
    this.#forgottenEarly += this.#runs.forgetBeyond(this.#maxFilterBytes);
  }

  /** Rows written since this was last asked. */
  takeRowsWritten(): number {
    return this.#store.takeRowsWritten();
  }

  /** Ids forgotten before their time since this was last asked, because there were too many to remember. */
  takeForgottenEarly(): number {
    const ids = this.#forgottenEarly;
    this.#forgottenEarly = 0;
    return ids;
  }

  #newPart(since: number): Part {
    return { ids: new IdSet(this.#hash), since, until: 0 };
  }
}
