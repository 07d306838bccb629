import type { Intake } from "../live/intake.ts";
import type { LiveState } from "../live/live-state.ts";
import { log } from "../log.ts";
import { type Delivery, resting } from "./breaker.ts";
import { type DeadLetters, PURGEABLE, type Selection } from "./dead-letters.ts";
import type { DedupWindow } from "./dedup/window.ts";
import { DrainRate } from "./drain-rate.ts";
import type { Fate } from "./fate.ts";
import { deliveredLots, withDelivered } from "./latency.ts";
import type { LiveStore } from "./live-store.ts";
import type { MarkStore, Untold } from "./mark-store.ts";
import type { Chunk } from "./parcel.ts";
import type { Sql } from "./sql.ts";
import { plus, type Totals } from "./stats.ts";
import {
  type Amount,
  countsOfRequests,
  NO_COUNTS,
  type QueueState,
  type QueueStore,
  type RequestCounts,
} from "./store.ts";
import { type CallTally, NO_RATE_LIMITED, type RateLimited, withCall, withRateLimited } from "./tally.ts";
import type { Kind, Unit } from "./unit.ts";

/** What may be written about a request: its lines, in rows. */
export interface Entry {
  kind: Kind;
  chunk: Chunk;
}

/**
 * What a queue knows of itself without asking its storage, and every change of it: numbers and rows change together or not at
 * all. Dropped where a write fails, and rebuilt from storage.
 */
export class Ledger {
  readonly store: QueueStore;
  readonly letters: DeadLetters;
  readonly seen: DedupWindow;
  readonly marks: MarkStore;
  readonly state: QueueState;
  /** What was seen lately: it may be a moment ahead of what is stored of it. */
  readonly live: LiveState;
  readonly drain = new DrainRate();
  /** What has joined the group that is to be written next. */
  joiningBytes = 0;
  readonly #sql: Sql;
  readonly #liveStore: LiveStore;
  #depth: Amount;
  #deadLetters: Amount;
  #oldestAt: number | null;
  /** The last row that brings something to leaderboards. */
  #markedUpTo: number;
  /** Told since the state was last saved. */
  #rateLimited: RateLimited = NO_RATE_LIMITED;
  /** Rows written that an eviction would not make forgotten. */
  #lastingRows: number;

  constructor(
    sql: Sql,
    store: QueueStore,
    letters: DeadLetters,
    seen: DedupWindow,
    liveStore: LiveStore,
    marks: MarkStore,
  ) {
    this.#sql = sql;
    this.#liveStore = liveStore;
    this.live = liveStore.read();
    this.store = store;
    this.letters = letters;
    this.seen = seen;
    this.marks = marks;
    this.#markedUpTo = marks.lastSeq();
    this.state = store.readState();
    this.#depth = store.readDepth();
    this.#deadLetters = letters.amount();
    this.#oldestAt = store.oldestAt();
    this.#lastingRows = this.state.totals.rows_written;
  }

  get depth(): Readonly<Amount> {
    return this.#depth;
  }

  get deadLetters(): Readonly<Amount> {
    return this.#deadLetters;
  }

  /** When the oldest waiting row was written; null: nothing waits. */
  get oldestAt(): number | null {
    return this.#oldestAt;
  }

  /** Totals of which none falls, whatever is forgotten. */
  get lastingTotals(): Totals {
    return { ...this.state.totals, rows_written: this.#lastingRows };
  }

  /** Whether something is to be told to leaderboards. */
  get hasMarks(): boolean {
    return this.#markedUpTo > this.state.boardsUpTo;
  }

  /** What is to be told next. Undefined: nothing after all, since a player was erased, or the boards were begun anew. */
  untold(): Untold | undefined {
    const { boardsUpTo } = this.state;
    const untold = this.marks.read(boardsUpTo);
    if (untold.upTo > boardsUpTo) return untold;
    this.#markedUpTo = boardsUpTo;
    return undefined;
  }

  /** Takes note of up to which row leaderboards have what events bring. Forgotten, they say it again. */
  boardsTold(upTo: number): void {
    this.state.boardsUpTo = upTo;
    this.marks.told(upTo);
  }

  /** Takes note of requests that were refused; saved with the next state. */
  addRateLimited(requests: RateLimited): void {
    this.#rateLimited = withRateLimited(this.#rateLimited, requests);
  }

  /** Writes what requests brought. */
  append(entries: readonly Entry[], counts: RequestCounts, now: number, intakes: readonly Intake[]): void {
    const stored = entries.reduce((sum, { kind, chunk }) => sum + (kind === "event" ? chunk.events : 0), 0);
    this.joiningBytes = 0;
    this.count(countsOfRequests(stored, counts));
    // Whatever is saved below must have all of it: of rows up to `lastSeq` nothing is counted again.
    for (const intake of intakes) this.live.add(intake, now);
    const seqBefore = this.state.lastSeq;
    const write = () => {
      for (const [index, { kind, chunk }] of entries.entries()) {
        const own = index === 0 ? counts : NO_COUNTS;
        if (chunk.scores !== undefined) this.#markedUpTo = this.state.lastSeq + 1;
        this.state.lastSeq = this.store.append(this.state.lastSeq, now, kind, chunk, own);
      }
      if (entries.length === 0) this.save();
    };
    // One row is written or not; several must be made to stand or fall together.
    if (entries.length > 1) this.#sql.transaction(write);
    else write();
    const bytes = entries.reduce((sum, { chunk }) => sum + chunk.lines.byteLength, 0);
    this.#lastingRows += entries.length;
    this.state.tally = { ...this.state.tally, lineBytes: this.state.tally.lineBytes + bytes };
    this.#depth = added(this.#depth, { events: stored, bytes });
    if (entries.length > 0) this.#oldestAt ??= now;
    this.#sealIfDue(seqBefore);
  }

  #sealIfDue(seqBefore: number): void {
    this.seen.sealIfDue(seqBefore);
    const ids = this.seen.takeForgottenEarly();
    if (ids > 0) log("warn", "ids_forgotten_early", { ids });
    const rows = this.seen.takeRowsWritten();
    if (rows === 0) return;
    this.count({ rows_written: rows });
    this.save();
  }

  /** Writes what came of a call. `delivery` says where delivery stands after it. */
  settle(
    units: readonly Unit[],
    fates: readonly Fate[],
    counts: { totals: Partial<Totals>; tally: CallTally },
    delivery: (now: number) => Delivery,
  ): void {
    const now = Date.now();
    this.#sql.transaction(() => {
      for (const { rows } of units) this.#setMarksAside(rows[0]?.seq ?? 0, rows.at(-1)?.seq ?? 0);
      const { delivered, dead, left } = this.store.settle(units, fates, now);
      this.seen.delivered(left);
      this.#depth = minus(minus(this.#depth, delivered), dead);
      this.#deadLetters = added(this.#deadLetters, dead);
      this.#oldestAt = this.store.oldestAt();
      this.drain.delivered(delivered.bytes, now);
      this.state.delivery = this.#depth.bytes === 0 ? resting(delivery(now)) : delivery(now);
      const lots = deliveredLots(units, fates);
      const latency = withDelivered(this.state.tally.latency, lots, now);
      this.state.tally = { ...withCall(this.state.tally, counts.tally), latency };
      for (const { events, at } of lots) this.live.delivered(events, at, now);
      this.count({ ...counts.totals, delivered: delivered.events, dead_lettered: dead.events });
      this.save({ withLive: this.#depth.bytes === 0 });
    });
  }

  /** Puts dead letters back into the outbox; returns how much that was. */
  replay(selection: Selection, now: number): Amount & { letters: number } {
    return this.#sql.transaction(() => {
      const amount = this.letters.amount(selection);
      if (amount.letters === 0) return amount;
      this.state.lastSeq = this.store.replay(this.state.lastSeq, now, selection);
      this.letters.remove(selection);
      this.#deadLetters = minus(this.#deadLetters, amount);
      this.#depth = added(this.#depth, amount);
      this.#oldestAt ??= now;
      this.save();
      return amount;
    });
  }

  /** Removes dead letters but refused erasures, if there are as many events as `expected`; returns how many there are. */
  purge(selection: Selection, expected: number): number {
    return this.#sql.transaction(() => {
      const amount = this.letters.amount(selection, PURGEABLE);
      if (amount.events !== expected || amount.letters === 0) return amount.events;
      this.letters.remove(selection, PURGEABLE);
      this.#deadLetters = minus(this.#deadLetters, amount);
      this.count({ purged: amount.events });
      this.save();
      return amount.events;
    });
  }

  /** Where boards could not be told, rows go without what they bring. */
  #setMarksAside(first: number, last: number): void {
    if (last > this.state.boardsUpTo && this.hasMarks)
      this.marks.setAside(first, last, this.state.boardsUpTo);
  }

  /**
   * Takes lines that hold `needle` and that `isOut` names out of all that is kept, and what `user` brings to leaderboards; returns
   * how many events that was.
   */
  cut(user: string, needle: Uint8Array, isOut: (line: Uint8Array) => boolean): number {
    return this.#sql.transaction(() => {
      this.marks.forget(user);
      this.#setMarksAside(0, this.state.lastSeq);
      const waiting = this.store.cut(needle, isOut);
      const dead = this.letters.cut(needle, isOut);
      this.#depth = minus(this.#depth, waiting);
      this.#deadLetters = minus(this.#deadLetters, dead);
      this.#oldestAt = this.store.oldestAt();
      if (this.#depth.bytes === 0) this.state.delivery = resting(this.state.delivery);
      this.count({ erased: waiting.events + dead.events });
      // An example may be the player's, or say something of them: which are cannot be told from the counts.
      this.live.dropExamples();
      this.save({ withLive: true });
      return waiting.events + dead.events;
    });
  }

  count(counts: Partial<Totals>): void {
    this.state.totals = plus(this.state.totals, counts);
  }

  countRowsWritten(): void {
    this.count({ rows_written: this.#sql.takeRowsWritten() + this.seen.takeRowsWritten() });
  }

  /** Saves the state, counting the row that this writes; the live state with it where it is due, or must be. */
  save({ withLive } = { withLive: false }): void {
    this.#liveStore.save(this.live, this.state.lastSeq, { isForced: withLive });
    this.countRowsWritten();
    this.count({ rows_written: 1 });
    const { tally } = this.state;
    this.state.tally = { ...tally, rateLimited: withRateLimited(tally.rateLimited, this.#rateLimited) };
    this.#rateLimited = NO_RATE_LIMITED;
    this.#lastingRows = this.state.totals.rows_written;
    this.store.saveState(this.state);
    this.#sql.takeRowsWritten();
  }
}

function added(a: Amount, b: Amount): Amount {
  return { events: a.events + b.events, bytes: a.bytes + b.bytes };
}

function minus(a: Amount, b: Amount): Amount {
  return { events: a.events - b.events, bytes: a.bytes - b.bytes };
}
