import { ID_BYTES } from "../events/ids.ts";
import { total } from "../firehose/pack.ts";
import { type Delivery, type Fate, linesOf, NEW_DELIVERY, type OutboxRow, type Unit } from "./delivery.ts";
import { type Chunk, concat } from "./parcel.ts";
import { NO_TOTALS, plus, type Totals } from "./stats.ts";

/**
 * A queue's storage: all its SQL, and nothing that decides. Rows written are the dearest part of running a collector, so there
 * is one row a request (and chunk), none an event, no index, and no AUTOINCREMENT, which would double each insert.
 *
 * `outbox`         what waits: `lines` is NDJSON, `ids` 16 bytes for each of its events. The counts of the request that the row
 *                  came with stand beside it, so that stats survive without a write of their own.
 * `failed_record`  rows that were packed into one record whose call failed: kept together, so that it is sent again byte for byte.
 *                  `(17, 21, 2)`: rows 17 to 21, refused twice.
 * `dead_letter`    what was refused for good, a record a row, ready to be replayed.
 * `seen`           the ids of what has left the outbox, a row a call, for as long as the dedup window lasts.
 * `state`          one row of JSON: `{ "version": 1, "lastSeq": 21, "totals": {…}, "delivery": {…}, "registered": true }`.
 *                  Totals hold everything up to `lastSeq`; later rows of the outbox bring their own.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, events INTEGER NOT NULL, ids BLOB NOT NULL, lines BLOB NOT NULL,
    duplicates INTEGER NOT NULL, rejected INTEGER NOT NULL, client_dropped INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS failed_record (
    first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, attempts INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS dead_letter (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, attempts INTEGER NOT NULL,
    events INTEGER NOT NULL, ids BLOB NOT NULL, lines BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, ids BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
`;

/** What a queue must remember between two lives, beside its rows. */
export interface QueueState {
  version: 1;
  /** The highest `seq` that `totals` includes. */
  lastSeq: number;
  totals: Totals;
  delivery: Delivery;
  /** Whether the registry knows this queue. */
  registered: boolean;
}

const NEW_STATE: QueueState = {
  version: 1,
  lastSeq: 0,
  totals: NO_TOTALS,
  delivery: NEW_DELIVERY,
  registered: false,
};

/** How much there is of something. */
export interface Amount {
  events: number;
  bytes: number;
}

/** How much left the outbox. */
interface Settled {
  delivered: Amount;
  dead: Amount;
}

/** The counts of one request, kept with the first row that it wrote. */
export type RequestCounts = Pick<Totals, "duplicates" | "rejected" | "client_dropped">;

export class QueueStore {
  readonly #storage: DurableObjectStorage;
  /** Rows written since the last call of `takeRowsWritten`. */
  #rowsWritten = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(SCHEMA);
  }

  /** Runs several writes as one: all of them happen, or none. */
  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }

  /** Rows written since this was last asked. */
  takeRowsWritten(): number {
    const rows = this.#rowsWritten;
    this.#rowsWritten = 0;
    return rows;
  }

  /** The state as it was last saved, and what the rows since then add to its totals. */
  readState(): QueueState {
    const [row] = this.#rows<{ json: string }>("SELECT json FROM state");
    const saved = row ? (JSON.parse(row.json) as QueueState) : NEW_STATE;
    const [since] = this.#rows<Record<"seq" | "rows" | "events" | keyof RequestCounts, number>>(
      `SELECT coalesce(max(seq), 0) AS seq, count(*) AS rows, coalesce(sum(events), 0) AS events,
         coalesce(sum(duplicates), 0) AS duplicates, coalesce(sum(rejected), 0) AS rejected,
         coalesce(sum(client_dropped), 0) AS client_dropped
       FROM outbox WHERE seq > ?`,
      saved.lastSeq,
    );
    if (!since) return saved;
    const { seq, rows, events, duplicates, rejected, client_dropped } = since;
    const received = events + duplicates + rejected;
    const counts = { received, accepted: events, duplicates, rejected, client_dropped, rows_written: rows };
    return { ...saved, lastSeq: Math.max(seq, saved.lastSeq), totals: plus(saved.totals, counts) };
  }

  saveState(state: QueueState): void {
    this.#write("INSERT OR REPLACE INTO state (id, json) VALUES (1, ?)", JSON.stringify(state));
  }

  readDepth(): Amount {
    return this.#amount("outbox");
  }

  readDeadLetters(): Amount {
    return this.#amount("dead_letter");
  }

  /** When the oldest waiting row was written. */
  oldestAt(): number | null {
    return this.#rows<{ at: number }>("SELECT at FROM outbox ORDER BY seq LIMIT 1")[0]?.at ?? null;
  }

  append(seq: number, at: number, { ids, lines, events }: Chunk, counts: RequestCounts): void {
    const { duplicates, rejected, client_dropped } = counts;
    this.#write(
      `INSERT INTO outbox (seq, at, events, ids, lines, duplicates, rejected, client_dropped)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      at,
      events,
      ids,
      lines,
      duplicates,
      rejected,
      client_dropped,
    );
  }

  /** The packed ids of the last `windowMs`, oldest first, and when each lot was seen. */
  *seenIds(windowMs: number, now: number): Generator<{ at: number; ids: Uint8Array }> {
    yield* this.#idLots("SELECT at, ids FROM seen WHERE at > ? ORDER BY id", now - windowMs);
    yield* this.#idLots("SELECT at, ids FROM outbox ORDER BY seq");
  }

  *#idLots(query: string, ...bindings: number[]): Generator<{ at: number; ids: Uint8Array }> {
    for (const { at, ids } of this.#storage.sql.exec<{ at: number; ids: ArrayBuffer }>(query, ...bindings)) {
      yield { at, ids: new Uint8Array(ids) };
    }
  }

  /** Records whose call failed, oldest first: each as it was packed. */
  *failedUnits(): Generator<Unit> {
    const records = this.#rows<{ first_seq: number; last_seq: number; attempts: number }>(
      "SELECT first_seq, last_seq, attempts FROM failed_record ORDER BY first_seq",
    );
    for (const { first_seq, last_seq, attempts } of records) {
      const rows = [...this.#outbox("seq BETWEEN ? AND ?", first_seq, last_seq)];
      yield { rows, attempts, held: true, ...total(rows) };
    }
  }

  /** Rows up to `lastSeq` that no failed record holds, oldest first; read as they are asked for. */
  freshRows(lastSeq: number): Generator<OutboxRow> {
    return this.#outbox(
      "seq <= ? AND NOT EXISTS (SELECT 1 FROM failed_record WHERE outbox.seq BETWEEN first_seq AND last_seq)",
      lastSeq,
    );
  }

  /** Carries out what was decided about the units of a call, and says how much left the outbox. Must run in a transaction. */
  settle(units: readonly Unit[], fates: readonly Fate[], now: number, dedupWindowMs: number): Settled {
    const settled = units.map((unit, index) => this.#settleUnit(unit, fates[index], now));
    const ids = concat(settled.flatMap((unit) => unit.ids));
    if (ids.byteLength > 0) this.#write("INSERT INTO seen (at, ids) VALUES (?, ?)", now, ids);
    // The oldest come first and a call adds one: looking at a few is enough, and reads no whole table.
    this.#write(
      "DELETE FROM seen WHERE at <= ? AND id IN (SELECT id FROM seen ORDER BY id LIMIT 10)",
      now - dedupWindowMs,
    );
    return {
      delivered: total(settled.map(({ delivered }) => delivered)),
      dead: total(settled.map(({ dead }) => dead)),
    };
  }

  #settleUnit(unit: Unit, fate: Fate | undefined, now: number): Settled & { ids: Uint8Array[] } {
    if (fate === undefined) return { ids: [], delivered: NOTHING, dead: NOTHING };
    if (fate.kind === "delivered") {
      this.#remove(unit);
      return { ids: unit.rows.map(({ ids }) => ids), delivered: unit, dead: NOTHING };
    }
    if (fate.lines === "all" && !fate.dead) {
      if (!unit.held || fate.attempts !== unit.attempts) this.#hold(unit, fate.attempts);
      return { ids: [], delivered: NOTHING, dead: NOTHING };
    }
    const { taken, refused } = split(unit, fate.lines);
    if (fate.dead) {
      this.#bury(refused, fate, now);
      this.#remove(unit);
      return { ids: [taken.ids, refused.ids], delivered: amountOf(taken), dead: amountOf(refused) };
    }
    this.#hold(this.#shrink(unit, refused), fate.attempts);
    return { ids: [taken.ids], delivered: amountOf(taken), dead: NOTHING };
  }

  #bury(
    { events, ids, lines }: Chunk,
    { attempts, failure }: Extract<Fate, { kind: "failed" }>,
    now: number,
  ): void {
    this.#write(
      "INSERT INTO dead_letter (at, code, message, attempts, events, ids, lines) VALUES (?, ?, ?, ?, ?, ?, ?)",
      now,
      failure.code,
      failure.message,
      attempts,
      events,
      ids,
      lines,
    );
  }

  /** Leaves of a unit only what was refused, in its first row. */
  #shrink(unit: Unit, { events, ids, lines }: Chunk): Unit {
    const [first, ...others] = unit.rows;
    if (first === undefined) return unit;
    this.#write(
      "UPDATE outbox SET events = ?, ids = ?, lines = ? WHERE seq = ?",
      events,
      ids,
      lines,
      first.seq,
    );
    for (const { seq } of others) this.#write("DELETE FROM outbox WHERE seq = ?", seq);
    return { ...unit, rows: [first] };
  }

  #hold(unit: Unit, attempts: number): void {
    this.#write(
      "INSERT OR REPLACE INTO failed_record (first_seq, last_seq, attempts) VALUES (?, ?, ?)",
      unit.rows[0]?.seq,
      unit.rows.at(-1)?.seq,
      attempts,
    );
  }

  #remove({ rows, held }: Unit): void {
    this.#write("DELETE FROM outbox WHERE seq BETWEEN ? AND ?", rows[0]?.seq, rows.at(-1)?.seq);
    if (held) this.#write("DELETE FROM failed_record WHERE first_seq = ?", rows[0]?.seq);
  }

  *#outbox(where: string, ...bindings: number[]): Generator<OutboxRow> {
    const rows = this.#storage.sql.exec<{
      seq: number;
      events: number;
      ids: ArrayBuffer;
      lines: ArrayBuffer;
    }>(`SELECT seq, events, ids, lines FROM outbox WHERE ${where} ORDER BY seq`, ...bindings);
    for (const { seq, events, ids, lines } of rows) {
      yield { seq, events, bytes: lines.byteLength, ids: new Uint8Array(ids), lines: new Uint8Array(lines) };
    }
  }

  #amount(table: "outbox" | "dead_letter"): Amount {
    const [amount] = this.#rows<{ events: number; bytes: number }>(
      `SELECT coalesce(sum(events), 0) AS events, coalesce(sum(length(lines)), 0) AS bytes FROM ${table}`,
    );
    return amount ?? { events: 0, bytes: 0 };
  }

  #rows<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#storage.sql.exec<Row>(query, ...bindings).toArray();
  }

  #write(query: string, ...bindings: unknown[]): void {
    this.#rowsWritten += this.#storage.sql.exec(query, ...bindings).rowsWritten;
  }
}

const NOTHING: Amount = { events: 0, bytes: 0 };
const NO_CHUNK: Chunk = { ids: new Uint8Array(), lines: new Uint8Array(), events: 0 };

function whole(unit: Unit): Chunk {
  const { rows, events } = unit;
  return { ids: concat(rows.map(({ ids }) => ids)), lines: concat(rows.map(({ lines }) => lines)), events };
}

/** A unit in two: the lines that were taken, and those that were refused. */
function split(unit: Unit, refused: "all" | number[]): { taken: Chunk; refused: Chunk } {
  const all = whole(unit);
  if (refused === "all") return { taken: NO_CHUNK, refused: all };
  const isRefused = new Set(refused);
  const lines = linesOf(all.lines);
  const part = (belongs: (index: number) => boolean): Chunk => {
    const indexes = [...lines.keys()].filter(belongs);
    return {
      ids: concat(indexes.map((index) => all.ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES))),
      lines: concat(indexes.map((index) => lines[index] ?? NO_CHUNK.lines)),
      events: indexes.length,
    };
  };
  return { taken: part((index) => !isRefused.has(index)), refused: part((index) => isRefused.has(index)) };
}

function amountOf({ events, lines }: Chunk): Amount {
  return { events, bytes: lines.byteLength };
}
