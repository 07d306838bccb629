import { ID_BYTES } from "../events/ids.ts";
import { total } from "../firehose/pack.ts";
import { Standings, writeStandings } from "../leaderboards/standings.ts";
import { type Delivery, NEW_DELIVERY } from "./breaker.ts";
import { bindingsOf, type DeadLetters, SELECTED, type Selection } from "./dead-letters.ts";
import type { Fate } from "./fate.ts";
import { type Chunk, concat } from "./parcel.ts";
import type { Sql } from "./sql.ts";
import { NO_TOTALS, plus, type Totals } from "./stats.ts";
import { NO_TALLY, type Tally } from "./tally.ts";
import { type Held, type Kind, linesOf, type OutboxRow, type Unit } from "./unit.ts";

/**
 * What waits, and where the queue stands: all the SQL about it, and nothing that decides. Rows written are the dearest part of
 * running a collector, so there is one row for requests that come together, none an event, no index, and no AUTOINCREMENT,
 * which would double each insert.
 *
 * `outbox`  `lines` is NDJSON, `ids` 16 bytes for each event. `seq` leaves room for a number for each line, so that a row can be
 *           split in place. The counts of the requests that a row came with stand beside it, so that stats survive without a
 *           write of their own. `history`: what made a replayed row a dead letter before.
 *           `marks`: `mark-store.ts`.
 * `held`    rows that were packed into one record that failed: kept together, so that it is sent again byte for byte.
 *           `(513, 1025, 2, …)`: the rows from 513 to 1025, refused twice.
 * `state`   one row of JSON: `{ "version": 1, "lastSeq": 1536, "totals": {…}, "tally": {…}, "delivery": {…}, "birth": {…} }`. Totals
 *           hold everything up to `lastSeq`; later rows of the outbox bring their own.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, is_event INTEGER NOT NULL, events INTEGER NOT NULL,
    ids BLOB NOT NULL, lines BLOB NOT NULL, history TEXT,
    duplicates INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0,
    rejected_unrecorded INTEGER NOT NULL DEFAULT 0, client_dropped INTEGER NOT NULL DEFAULT 0,
    erased INTEGER NOT NULL DEFAULT 0, marks TEXT);
  CREATE TABLE IF NOT EXISTS held (
    first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, attempts INTEGER NOT NULL, since INTEGER NOT NULL,
    tried_at INTEGER NOT NULL, is_suspect INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
`;

/** Between two rows: more than the lines of any row, so that each line has a number of its own. */
const SEQ_STRIDE = 512;

/** Records looked at in one go: what was held in a long outage is sent again little by little. */
const HELD_AT_ONCE = 500;

/** What a queue must remember between two lives, beside its rows. */
export interface QueueState {
  version: 1;
  /** The highest `seq` that is taken or reserved, and that `totals` includes. */
  lastSeq: number;
  totals: Totals;
  tally: Tally;
  delivery: Delivery;
  /** What the registry said when this queue was born; null: it does not know this queue yet. */
  birth: { salt: string } | null;
  /** Why nothing is delivered, as the registry was told last. */
  toldTrouble: string | null;
  /** Up to which row the game's leaderboards have what its events bring, as far as this queue remembers. */
  boardsUpTo: number;
}

const NEW_STATE: QueueState = {
  version: 1,
  lastSeq: 0,
  totals: NO_TOTALS,
  tally: NO_TALLY,
  delivery: NEW_DELIVERY,
  birth: null,
  toldTrouble: null,
  boardsUpTo: 0,
};

/** How much there is of something. Only accepted events are counted; bytes are those of all lines. */
export interface Amount {
  events: number;
  bytes: number;
}

/** How much left the outbox, and which ids. */
export interface Settled {
  delivered: Amount;
  dead: Amount;
  left: { seq: number; ids: Uint8Array }[];
}

/** The counts of requests, kept with the first row that they wrote. */
export type RequestCounts = Pick<
  Totals,
  "duplicates" | "rejected" | "rejected_unrecorded" | "client_dropped" | "erased"
>;

export const NO_COUNTS: RequestCounts = {
  duplicates: 0,
  rejected: 0,
  rejected_unrecorded: 0,
  client_dropped: 0,
  erased: 0,
};

export class QueueStore {
  readonly #sql: Sql;
  readonly #deadLetters: DeadLetters;

  constructor(sql: Sql, deadLetters: DeadLetters, storage: DurableObjectStorage) {
    this.#sql = sql;
    this.#deadLetters = deadLetters;
    storage.sql.exec(SCHEMA);
    this.#migrate(storage);
  }

  /** A queue that was made by an earlier release lacks what has been added since. */
  #migrate({ sql }: DurableObjectStorage): void {
    const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('outbox')").toArray();
    if (!columns.some(({ name }) => name === "marks")) sql.exec("ALTER TABLE outbox ADD COLUMN marks TEXT");
  }

  /** The state as it was last saved, and what the rows since then add to its totals. */
  readState(): QueueState {
    const [row] = this.#sql.rows<{ json: string }>("SELECT json FROM state");
    // What was saved by an earlier release lacks what has been added since.
    const saved: QueueState = { ...NEW_STATE, ...(row && JSON.parse(row.json)) };
    const [since] = this.#sql.rows<Record<"seq" | "rows" | "events" | "bytes" | keyof RequestCounts, number>>(
      `SELECT coalesce(max(seq), 0) AS seq, count(*) AS rows, coalesce(sum(events * is_event), 0) AS events,
         coalesce(sum(length(lines)), 0) AS bytes, coalesce(sum(duplicates), 0) AS duplicates, coalesce(sum(rejected), 0) AS rejected,
         coalesce(sum(rejected_unrecorded), 0) AS rejected_unrecorded,
         coalesce(sum(client_dropped), 0) AS client_dropped, coalesce(sum(erased), 0) AS erased
       FROM outbox WHERE seq > ?`,
      saved.lastSeq,
    );
    if (!since || since.rows === 0) return saved;
    const { seq, rows, events, bytes, ...counts } = since;
    const totals = plus(saved.totals, { ...countsOfRequests(events, counts), rows_written: rows });
    const tally = { ...saved.tally, lineBytes: saved.tally.lineBytes + bytes };
    return { ...saved, lastSeq: roundUp(seq), totals, tally };
  }

  saveState(state: QueueState): void {
    this.#sql.write("INSERT OR REPLACE INTO state (id, json) VALUES (1, ?)", JSON.stringify(state));
  }

  readDepth(): Amount {
    const [amount] = this.#sql.rows<{ events: number; bytes: number }>(
      `SELECT coalesce(sum(events * is_event), 0) AS events, coalesce(sum(length(lines)), 0) AS bytes FROM outbox`,
    );
    return amount ?? NOTHING;
  }

  /** When the oldest waiting row was written. */
  oldestAt(): number | null {
    return this.#sql.rows<{ at: number }>("SELECT at FROM outbox ORDER BY seq LIMIT 1")[0]?.at ?? null;
  }

  /** Writes a row behind `lastSeq`, and returns the new `lastSeq`. */
  append(
    lastSeq: number,
    at: number,
    kind: Kind,
    { ids, lines, events, scores }: Chunk,
    counts: RequestCounts,
  ): number {
    const { duplicates, rejected, rejected_unrecorded, client_dropped, erased } = counts;
    this.#sql.write(
      `INSERT INTO outbox (seq, at, is_event, events, ids, lines, duplicates, rejected, rejected_unrecorded,
         client_dropped, erased, marks)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      lastSeq + 1,
      at,
      Number(kind === "event"),
      events,
      ids,
      lines,
      duplicates,
      rejected,
      rejected_unrecorded,
      client_dropped,
      erased,
      scores === undefined ? null : writeStandings(new Standings().addAll(scores).list()),
    );
    return lastSeq + SEQ_STRIDE;
  }

  /** Copies dead letters back, each as a row behind `lastSeq`, in the order in which they came; returns the new `lastSeq`. */
  replay(lastSeq: number, at: number, selection: Selection): number {
    this.#sql.write(
      `INSERT INTO outbox (seq, at, is_event, events, ids, lines, history)
       SELECT ?3 + ?4 * row_number() OVER (ORDER BY seq), ?5, is_event, 1, ids, line,
         json_insert(coalesce(history, '[]'), '$[#]',
           json_object('at', at, 'code', code, 'message', message, 'attempts', attempts))
       FROM dead_letter WHERE ${SELECTED} ORDER BY seq`,
      ...bindingsOf(selection),
      lastSeq + 1 - SEQ_STRIDE,
      SEQ_STRIDE,
      at,
    );
    const [row] = this.#sql.rows<{ last: number }>("SELECT max(seq) AS last FROM outbox");
    return roundUp(row?.last ?? lastSeq);
  }

  /** The packed ids of what waits behind `seq`, oldest first, and when each lot came. */
  *idsAfter(seq: number): Generator<{ at: number; ids: Uint8Array }> {
    const rows = this.#sql.each<{ at: number; ids: ArrayBuffer }>(
      "SELECT at, ids FROM outbox WHERE seq > ? ORDER BY seq",
      seq,
    );
    for (const { at, ids } of rows) yield { at, ids: new Uint8Array(ids) };
  }

  /** Records that failed, those first that have waited longest for another try. */
  heldRecords(): Held[] {
    const records = this.#sql.rows<{
      first_seq: number;
      last_seq: number;
      attempts: number;
      since: number;
      tried_at: number;
      is_suspect: number;
    }>("SELECT * FROM held ORDER BY tried_at, first_seq LIMIT ?", HELD_AT_ONCE);
    return records.map(({ first_seq, last_seq, attempts, since, tried_at, is_suspect }) => ({
      firstSeq: first_seq,
      lastSeq: last_seq,
      attempts,
      since,
      triedAt: tried_at,
      isSuspect: is_suspect === 1,
    }));
  }

  /** A record that failed, as it was packed. */
  heldUnit(held: Held): Unit {
    const rows = [...this.#outbox("seq BETWEEN ? AND ?", held.firstSeq, held.lastSeq)];
    return { rows, held, ...total(rows), kind: rows[0]?.kind ?? "event" };
  }

  /** Rows behind `after` and up to `upTo` that belong to no record that failed, oldest first; read as they are asked for. */
  freshRows(after: number, upTo: number): Generator<OutboxRow> {
    // Held records do not overlap, so only the last one that begins before a row can hold it: one step in the key, however many.
    return this.#outbox(
      `seq > ? AND seq <= ? AND coalesce(
         (SELECT last_seq FROM held WHERE first_seq <= outbox.seq ORDER BY first_seq DESC LIMIT 1), 0) < seq`,
      after,
      upTo,
    );
  }

  /** Writes down what became of each unit. To be called within a transaction. */
  settle(units: readonly Unit[], fates: readonly Fate[], now: number): Settled {
    const settled = units.flatMap((unit, index) => {
      const fate = fates[index];
      return fate === undefined ? [] : [this.#settleUnit(unit, fate, now)];
    });
    return {
      delivered: sum(settled.map(({ delivered }) => delivered)),
      dead: sum(settled.map(({ dead }) => dead)),
      left: settled.flatMap(({ left }) => left),
    };
  }

  #settleUnit(unit: Unit, fate: Fate, now: number): Settled {
    switch (fate.kind) {
      case "delivered":
        this.#remove(unit);
        return { delivered: amountOf(unit), dead: NOTHING, left: unit.rows };
      case "again":
        this.#hold(unit, {
          ...inherited(unit, now),
          attempts: fate.attempts,
          isSuspect: fate.isSuspect,
          triedAt: now,
        });
        return NOTHING_SETTLED;
      case "partly": {
        const { taken, refused } = partsOf(unit, fate.refused);
        this.#shrink(unit, refused, { ...inherited(unit, now), attempts: fate.attempts, triedAt: now });
        return {
          delivered: amountOf({ ...taken, kind: unit.kind }),
          dead: NOTHING,
          left: taken.pieces,
        };
      }
      case "split":
        this.#split(unit, { ...inherited(unit, now), attempts: 0, triedAt: now });
        return NOTHING_SETTLED;
      case "dead": {
        const { taken, refused } = partsOf(unit, fate.refused);
        this.#bury(unit, refused, fate, now);
        this.#remove(unit);
        const [delivered, dead] = [taken, refused].map((part) => amountOf({ ...part, kind: unit.kind }));
        return { delivered: delivered ?? NOTHING, dead: dead ?? NOTHING, left: unit.rows };
      }
    }
  }

  /** One dead letter a line: each was a record of its own, or is the only line of its record. */
  #bury(
    unit: Unit,
    refused: Part,
    { attempts, failure }: Extract<Fate, { kind: "dead" }>,
    now: number,
  ): void {
    for (const line of refused.pieces) {
      this.#deadLetters.bury({ ...line, kind: unit.kind, at: now, attempts, ...failure });
    }
  }

  /** Leaves of a unit only what was refused, each line in its own row: an id must not get behind what the dedup window sealed. */
  #shrink(unit: Unit, { pieces }: Part, held: Omit<Held, "firstSeq" | "lastSeq">): void {
    const refused = new Set(pieces.map(({ seq }) => seq));
    for (const row of unit.rows) {
      const own = piecesOf(row).filter(({ seq }) => refused.has(seq));
      if (own.length === 0) this.#sql.write("DELETE FROM outbox WHERE seq = ?", row.seq);
      else if (own.length < row.events) this.#rewrite({ ...rowOf(row, own), seq: row.seq });
    }
    this.#hold(unit, held);
  }

  /** Holds each half of a unit by itself: half of its rows, or half of its only row's lines. */
  #split(unit: Unit, held: Omit<Held, "firstSeq" | "lastSeq">): void {
    const rows = unit.rows.length > 1 ? unit.rows : this.#splitRow(unit.rows[0]);
    const middle = Math.ceil(rows.length / 2);
    if (unit.held) this.#sql.write("DELETE FROM held WHERE first_seq = ?", unit.held.firstSeq);
    for (const half of [rows.slice(0, middle), rows.slice(middle)]) {
      this.#hold({ ...unit, rows: half, held: null }, held);
    }
  }

  #splitRow(row: OutboxRow | undefined): OutboxRow[] {
    if (row === undefined) return [];
    const pieces = piecesOf(row);
    const middle = Math.ceil(pieces.length / 2);
    const first = rowOf(row, pieces.slice(0, middle));
    const second = rowOf(row, pieces.slice(middle));
    this.#sql.write(
      `INSERT INTO outbox (seq, at, is_event, events, ids, lines, history)
       SELECT ?, at, is_event, ?, ?, ?, history FROM outbox WHERE seq = ?`,
      second.seq,
      second.events,
      second.ids,
      second.lines,
      row.seq,
    );
    this.#rewrite(first);
    return [first, second];
  }

  /** Leaves of a row only some of its lines. */
  #rewrite({ seq, events, ids, lines }: OutboxRow): void {
    this.#sql.write(
      "UPDATE outbox SET events = ?, ids = ?, lines = ? WHERE seq = ?",
      events,
      ids,
      lines,
      seq,
    );
  }

  #hold({ rows, held: before }: Pick<Unit, "rows" | "held">, held: Omit<Held, "firstSeq" | "lastSeq">): void {
    this.#sql.write(
      `INSERT OR REPLACE INTO held (first_seq, last_seq, attempts, since, tried_at, is_suspect)
       VALUES (?, ?, ?, ?, ?, ?)`,
      before?.firstSeq ?? rows[0]?.seq,
      before?.lastSeq ?? rows.at(-1)?.seq,
      held.attempts,
      held.since,
      held.triedAt,
      Number(held.isSuspect),
    );
  }

  #remove({ rows, held }: Unit): void {
    this.#sql.write("DELETE FROM outbox WHERE seq BETWEEN ? AND ?", rows[0]?.seq, rows.at(-1)?.seq);
    if (held) this.#sql.write("DELETE FROM held WHERE first_seq = ?", held.firstSeq);
  }

  /** Takes out of what waits the lines that `isOut` names, among rows that hold `needle`. Returns how many events. */
  cut(needle: Uint8Array, isOut: (line: Uint8Array) => boolean): Amount {
    const found = this.#sql.rows<{ seq: number }>("SELECT seq FROM outbox WHERE instr(lines, ?) > 0", needle);
    const cut = found.map(({ seq }) => this.#cutRow(seq, isOut));
    this.#sql.write(
      "DELETE FROM held WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE seq BETWEEN first_seq AND last_seq)",
    );
    return sum(cut);
  }

  #cutRow(seq: number, isOut: (line: Uint8Array) => boolean): Amount {
    const [row] = this.#outbox("seq = ?", seq);
    if (row === undefined) return NOTHING;
    const pieces = piecesOf(row);
    const kept = pieces.filter(({ lines }) => !isOut(lines));
    if (kept.length === pieces.length) return NOTHING;
    if (kept.length === 0) this.#sql.write("DELETE FROM outbox WHERE seq = ?", seq);
    else this.#rewrite({ ...rowOf(row, kept), seq });
    const out = pieces.filter((piece) => !kept.includes(piece));
    return amountOf({ kind: row.kind, events: out.length, bytes: bytesOf(out) });
  }

  *#outbox(where: string, ...bindings: number[]): Generator<OutboxRow> {
    const rows = this.#sql.each<{
      seq: number;
      at: number;
      is_event: number;
      events: number;
      ids: ArrayBuffer;
      lines: ArrayBuffer;
      history: string | null;
      behind: number | null;
    }>(
      `SELECT seq, at, is_event, events, ids, lines, history,
         (SELECT max(first_seq) FROM held WHERE first_seq <= seq) AS behind
       FROM outbox WHERE ${where} ORDER BY seq`,
      ...bindings,
    );
    for (const { is_event, ids, lines, behind, ...row } of rows) {
      const kind = is_event === 1 ? "event" : "notice";
      yield {
        ...row,
        kind,
        group: `${kind} ${behind}`,
        bytes: lines.byteLength,
        ids: new Uint8Array(ids),
        lines: new Uint8Array(lines),
      };
    }
  }
}

/** The last number that is reserved for the lines of a row. */
function roundUp(seq: number): number {
  return Math.ceil(seq / SEQ_STRIDE) * SEQ_STRIDE;
}

/** What requests add to the totals, beside the rows that they cost. */
export function countsOfRequests(stored: number, counts: RequestCounts): Partial<Totals> {
  const accepted = stored + counts.erased;
  return { ...counts, accepted, received: accepted + counts.duplicates + counts.rejected };
}

const NOTHING: Amount = { events: 0, bytes: 0 };
const NOTHING_SETTLED: Settled = { delivered: NOTHING, dead: NOTHING, left: [] };

/** A line, with the number that is its own. */
interface Piece {
  seq: number;
  ids: Uint8Array;
  lines: Uint8Array;
  history: string | null;
}

/** Some lines of a unit. */
interface Part {
  pieces: Piece[];
  events: number;
  bytes: number;
}

function piecesOf({ seq, ids, lines, history }: OutboxRow): Piece[] {
  return linesOf(lines).map((line, index) => ({
    seq: seq + index,
    ids: ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES),
    lines: line,
    history,
  }));
}

/** A row of some of its lines: numbered as the first of them. */
function rowOf(row: OutboxRow, pieces: readonly Piece[]): OutboxRow {
  return {
    ...row,
    seq: pieces[0]?.seq ?? row.seq,
    events: pieces.length,
    ids: concat(pieces.map(({ ids }) => ids)),
    lines: concat(pieces.map(({ lines }) => lines)),
    bytes: bytesOf(pieces),
  };
}

/** A unit in two: the lines that were taken, and those that were refused. */
function partsOf(unit: Unit, refused: "all" | number[]): { taken: Part; refused: Part } {
  const pieces = unit.rows.flatMap(piecesOf);
  const isRefused = refused === "all" ? new Set(pieces.keys()) : new Set(refused);
  return {
    taken: part(pieces.filter((_, index) => !isRefused.has(index))),
    refused: part(pieces.filter((_, index) => isRefused.has(index))),
  };
}

function part(pieces: Piece[]): Part {
  return { pieces, events: pieces.length, bytes: bytesOf(pieces) };
}

function bytesOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { lines }) => sum + lines.byteLength, 0);
}

/** Notices are not accepted events: they are not counted as such. */
function amountOf({ kind, events, bytes }: { kind: Kind } & Amount): Amount {
  return { events: kind === "event" ? events : 0, bytes };
}

function sum(amounts: readonly Amount[]): Amount {
  return total(amounts);
}

/** Since when a unit fails, and whether it is a suspect: a part inherits both. */
function inherited({ held }: Unit, now: number): Pick<Held, "since" | "isSuspect"> {
  return { since: held?.since ?? now, isSuspect: held?.isSuspect ?? false };
}
