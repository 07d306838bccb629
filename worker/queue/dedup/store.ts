import { Sql } from "../sql.ts";
import { HASH_KEY_BYTES, randomHashKey } from "./hash.ts";

/**
 * What a dedup window keeps in a queue's storage: all its SQL. Rows written cost a thousand times what rows read cost, so ids
 * stand together, a thousand a row.
 *
 * `seen`          ids that left the outbox and are in no run yet, a row a Firehose call. `at`: no id in it is newer.
 * `dedup_run`     a run: ids that were sealed together. `until`: when the last of them came; `ids`: how many they are.
 *                 `(12, 1795255200000, 262144, 256, <512 KiB>)`.
 * `dedup_bucket`  the ids of a run themselves, by their hash, 16 bytes each: `id` is run × 65,536 + bucket. It is a table with
 *                 a rowid because that suits large rows better: https://sqlite.org/withoutrowid.html#when_to_use_without_rowid
 * `dedup_state`   one row: the key of the hash; `sealed_seq`, the outbox row up to which all ids are in runs; `opened_at`, no id
 *                 in no run is older. `(1, <8 bytes>, 4711, 1795255200000)`.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, ids BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS dedup_run (
    run INTEGER PRIMARY KEY, until INTEGER NOT NULL, ids INTEGER NOT NULL, buckets INTEGER NOT NULL, filter BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS dedup_bucket (id INTEGER PRIMARY KEY, ids BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS dedup_state (
    id INTEGER PRIMARY KEY, hash_key BLOB NOT NULL, sealed_seq INTEGER NOT NULL, opened_at INTEGER NOT NULL);
`;

const BUCKETS_PER_RUN = 65_536;

/** Half of the platform's bound on a blob: https://developers.cloudflare.com/durable-objects/platform/limits/ */
const MAX_BLOB_BYTES = 1_048_576;

/** Ids that came together, packed, and a time that none of them is newer than. */
export interface Lot {
  at: number;
  ids: Uint8Array;
}

/** A run as it is stored, but for its buckets. */
export interface RunRow {
  run: number;
  until: number;
  ids: number;
  buckets: number;
  filter: Uint8Array;
}

export interface DedupState {
  hashKey: Uint8Array;
  /** The ids of outbox rows up to this `seq` are in runs. */
  sealedSeq: number;
  /** No id that is in no run is older. */
  openedAt: number;
}

export class DedupStore {
  readonly #sql: Sql;

  constructor(storage: DurableObjectStorage) {
    this.#sql = new Sql(storage);
    this.#sql.write(SCHEMA);
  }

  transaction(work: () => void): void {
    this.#sql.transaction(work);
  }

  /** Rows written since this was last asked. */
  takeRowsWritten(): number {
    return this.#sql.takeRowsWritten();
  }

  /** The state; a queue that has none yet chooses the key of its hash. */
  readState(): DedupState {
    const [row] = this.#sql.rows<{ hash_key: ArrayBuffer; sealed_seq: number; opened_at: number }>(
      "SELECT hash_key, sealed_seq, opened_at FROM dedup_state",
    );
    if (row) {
      const hashKey = new Uint8Array(row.hash_key, 0, HASH_KEY_BYTES);
      return { hashKey, sealedSeq: row.sealed_seq, openedAt: row.opened_at };
    }
    const state = { hashKey: randomHashKey(), sealedSeq: 0, openedAt: 0 };
    this.saveState(state);
    return state;
  }

  saveState({ hashKey, sealedSeq, openedAt }: DedupState): void {
    this.#sql.write(
      "INSERT OR REPLACE INTO dedup_state (id, hash_key, sealed_seq, opened_at) VALUES (1, ?, ?, ?)",
      hashKey,
      sealedSeq,
      openedAt,
    );
  }

  /** Keeps the ids of what left the outbox until they are sealed. */
  addSeen(at: number, ids: Uint8Array): void {
    for (let start = 0; start < ids.byteLength; start += MAX_BLOB_BYTES) {
      const blob = ids.subarray(start, start + MAX_BLOB_BYTES);
      this.#sql.write("INSERT INTO seen (at, ids) VALUES (?, ?)", at, blob);
    }
  }

  *seen(): Generator<Lot> {
    for (const { at, ids } of this.#sql.each<{ at: number; ids: ArrayBuffer }>("SELECT at, ids FROM seen")) {
      yield { at, ids: new Uint8Array(ids) };
    }
  }

  clearSeen(): void {
    this.#sql.write("DELETE FROM seen");
  }

  /** All runs, oldest first. */
  *runs(): Generator<RunRow> {
    const rows = this.#sql.each<{
      run: number;
      until: number;
      ids: number;
      buckets: number;
      filter: ArrayBuffer;
    }>("SELECT run, until, ids, buckets, filter FROM dedup_run ORDER BY run");
    for (const row of rows) yield { ...row, filter: new Uint8Array(row.filter) };
  }

  addRun({ run, until, ids, buckets, filter }: RunRow): void {
    this.#sql.write(
      "INSERT INTO dedup_run (run, until, ids, buckets, filter) VALUES (?, ?, ?, ?, ?)",
      run,
      until,
      ids,
      buckets,
      filter,
    );
  }

  addBucket(run: number, bucket: number, ids: Uint8Array): void {
    this.#sql.write("INSERT INTO dedup_bucket (id, ids) VALUES (?, ?)", run * BUCKETS_PER_RUN + bucket, ids);
  }

  /** The ids of a bucket; none where nothing was put there. */
  readBucket(run: number, bucket: number): Uint8Array {
    const [row] = this.#sql.rows<{ ids: ArrayBuffer }>(
      "SELECT ids FROM dedup_bucket WHERE id = ?",
      run * BUCKETS_PER_RUN + bucket,
    );
    return new Uint8Array(row?.ids ?? new ArrayBuffer());
  }

  removeRun(run: number): void {
    const first = run * BUCKETS_PER_RUN;
    this.#sql.write("DELETE FROM dedup_run WHERE run = ?", run);
    this.#sql.write("DELETE FROM dedup_bucket WHERE id BETWEEN ? AND ?", first, first + BUCKETS_PER_RUN - 1);
  }
}
