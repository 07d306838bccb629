import type { Sql } from "./sql.ts";
import type { Amount } from "./store.ts";
import type { Kind } from "./unit.ts";

/**
 * What Firehose refused for good, a line a row, kept until an operator replays or purges it.
 *
 * `dead_letter`  `seq`: the line's number in the outbox, so that letters keep the order in which they came. `history`: earlier
 *                burials of a line that was replayed, such as `[{"at":1795262400000,"code":"InternalFailure","message":"…","attempts":12}]`.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS dead_letter (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, is_event INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,
    attempts INTEGER NOT NULL, ids BLOB NOT NULL, line BLOB NOT NULL, history TEXT);
`;

/** Which letters are meant: those of the given numbers and code; all of them where neither is given. */
export interface Selection {
  seqs?: number[];
  code?: string;
}

/** The condition for {@link bindingsOf}: ids go as one JSON array, since a query takes a hundred bindings at most. */
export const SELECTED =
  "(?1 IS NULL OR seq IN (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR code = ?2)";

/**
 * Among those selected, what an operator may remove. A refused erasure is not: the warehouse would keep that player for ever. Text that
 * somebody sent cannot pass for one, since its quotes are escaped in a line of the collector's own.
 */
export const PURGEABLE = `${SELECTED} AND (is_event OR instr(line, CAST('"record_type":"erasure"' AS BLOB)) = 0)`;

export function bindingsOf({ seqs, code }: Selection): [string | null, string | null] {
  return [seqs === undefined ? null : JSON.stringify(seqs), code ?? null];
}

/** Why a line became a dead letter, and when (milliseconds since 1970). */
export interface Burial {
  at: number;
  code: string;
  message: string;
  attempts: number;
}

/** A line that is to be buried. */
export interface Remains extends Burial {
  seq: number;
  kind: Kind;
  ids: Uint8Array;
  lines: Uint8Array;
  history: string | null;
}

/** A dead letter as an operator reads it. */
export interface DeadLetter extends Burial {
  seq: number;
  /** What became of it before it was replayed, oldest first. */
  history: Burial[];
  line: string;
}

export interface DeadLetterPage {
  letters: DeadLetter[];
  /** Whether there are more behind them. */
  hasMore: boolean;
}

/** Letters in one page take no more than this, except that there is always one. */
const PAGE_BYTES = 4 * 1024 * 1024;

export class DeadLetters {
  readonly #sql: Sql;

  constructor(sql: Sql, storage: DurableObjectStorage) {
    this.#sql = sql;
    storage.sql.exec(SCHEMA);
  }

  amount(selection: Selection = {}, condition = SELECTED): Amount & { letters: number } {
    const [amount] = this.#sql.rows<{ letters: number; events: number; bytes: number }>(
      `SELECT count(*) AS letters, coalesce(sum(is_event), 0) AS events, coalesce(sum(length(line)), 0) AS bytes
       FROM dead_letter WHERE ${condition}`,
      ...bindingsOf(selection),
    );
    return amount ?? { letters: 0, events: 0, bytes: 0 };
  }

  bury({ seq, at, kind, code, message, attempts, ids, lines, history }: Remains): void {
    this.#sql.write(
      `INSERT INTO dead_letter (seq, at, is_event, code, message, attempts, ids, line, history)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      at,
      Number(kind === "event"),
      code,
      message,
      attempts,
      ids,
      lines,
      history,
    );
  }

  /** Up to `limit` letters behind `after`, in the order in which they came. */
  page(after: number, limit: number, code: string | undefined): DeadLetterPage {
    const rows = this.#sql.each<{
      seq: number;
      at: number;
      code: string;
      message: string;
      attempts: number;
      line: ArrayBuffer;
      history: string | null;
    }>(
      `SELECT seq, at, code, message, attempts, line, history FROM dead_letter
       WHERE seq > ?3 AND ${SELECTED} ORDER BY seq LIMIT ?4`,
      ...bindingsOf(code === undefined ? {} : { code }),
      after,
      limit + 1,
    );
    const letters: DeadLetter[] = [];
    let bytes = 0;
    for (const { line, history, ...letter } of rows) {
      bytes += line.byteLength;
      if (letters.length === limit || (letters.length > 0 && bytes > PAGE_BYTES))
        return { letters, hasMore: true };
      letters.push({
        ...letter,
        history: history === null ? [] : (JSON.parse(history) as Burial[]),
        line: new TextDecoder().decode(line),
      });
    }
    return { letters, hasMore: false };
  }

  remove(selection: Selection, condition = SELECTED): void {
    this.#sql.write(`DELETE FROM dead_letter WHERE ${condition}`, ...bindingsOf(selection));
  }

  /** Removes the lines that `isOut` names, among those that hold `needle`; returns how much that was. */
  cut(needle: Uint8Array, isOut: (line: Uint8Array) => boolean): Amount {
    const rows = this.#sql.rows<{ seq: number; is_event: number; line: ArrayBuffer }>(
      "SELECT seq, is_event, line FROM dead_letter WHERE instr(line, ?) > 0",
      needle,
    );
    const out = rows.filter(({ line }) => isOut(new Uint8Array(line)));
    this.remove({ seqs: out.map(({ seq }) => seq) });
    return {
      events: out.reduce((sum, { is_event }) => sum + is_event, 0),
      bytes: out.reduce((sum, { line }) => sum + line.byteLength, 0),
    };
  }
}
