import { readStandings, Standings, writeStandings } from "../leaderboards/standings.ts";
import type { Sql } from "./sql.ts";

/**
 * What accepted events bring to leaderboards, until the game's boards have it: as durable as the events, and in their row, so that
 * it costs none of its own. Once the boards have it, it goes when its row does.
 *
 * `outbox.marks`  as `writeStandings` writes it; null where the row's events bring nothing
 * `mark`          `(513, '{"users":["ada"],…}')`: the same, of a row that was touched before the boards could be told
 */
const SCHEMA = "CREATE TABLE IF NOT EXISTS mark (seq INTEGER PRIMARY KEY, marks TEXT NOT NULL)";

/** Scores in one delivery to the boards: about 2 MB, and a tenth of a second of their time. */
const MAX_SCORES = 10_000;

/** Both places, a row in one of them alone. */
const MARKS = "SELECT seq, marks FROM outbox WHERE marks IS NOT NULL UNION ALL SELECT seq, marks FROM mark";

/** What rows up to a number bring together. */
export interface Untold {
  upTo: number;
  standings: Standings;
}

export class MarkStore {
  readonly #sql: Sql;

  constructor(sql: Sql, storage: DurableObjectStorage) {
    this.#sql = sql;
    storage.sql.exec(SCHEMA);
  }

  /** The last row that brings anything; 0: none does. */
  lastSeq(): number {
    const [row] = this.#sql.rows<{ waiting: number | null; aside: number | null }>(
      `SELECT (SELECT seq FROM outbox WHERE marks IS NOT NULL ORDER BY seq DESC LIMIT 1) AS waiting,
         (SELECT max(seq) FROM mark) AS aside`,
    );
    return Math.max(row?.waiting ?? 0, row?.aside ?? 0);
  }

  /** What the rows behind `after` bring, as many of them as one delivery takes. */
  read(after: number): Untold {
    const standings = new Standings();
    let upTo = after;
    const rows = this.#sql.each<{ seq: number; marks: string }>(
      `SELECT seq, marks FROM (${MARKS}) WHERE seq > ? ORDER BY seq`,
      after,
    );
    for (const { seq, marks } of rows) {
      for (const { contest, scores } of readStandings(marks))
        for (const [user, score] of scores) standings.add(contest, user, score);
      upTo = seq;
      if (standings.size >= MAX_SCORES) break;
    }
    return { upTo, standings };
  }

  /** Lets go what was set aside and the boards have. */
  told(upTo: number): void {
    this.#sql.write("DELETE FROM mark WHERE seq <= ?", upTo);
  }

  /** Keeps what rows behind `after` bring, whatever becomes of those from `first` to `last`. */
  setAside(first: number, last: number, after: number): void {
    const from = Math.max(first, after + 1);
    const where = "WHERE seq BETWEEN ? AND ? AND marks IS NOT NULL";
    this.#sql.write(`INSERT INTO mark (seq, marks) SELECT seq, marks FROM outbox ${where}`, from, last);
    this.#sql.write(`UPDATE outbox SET marks = NULL ${where}`, from, last);
  }

  /** Takes a player out of all of it. */
  forget(user: string): void {
    for (const table of ["outbox", "mark"]) {
      const found = this.#sql.rows<{ seq: number; marks: string }>(
        `SELECT seq, marks FROM ${table} WHERE instr(marks, ?) > 0`,
        JSON.stringify(user),
      );
      for (const { seq, marks } of found) this.#rewrite(table, seq, without(user, marks));
    }
  }

  #rewrite(table: string, seq: number, marks: string | null): void {
    if (marks === null && table === "mark") this.#sql.write("DELETE FROM mark WHERE seq = ?", seq);
    else this.#sql.write(`UPDATE ${table} SET marks = ? WHERE seq = ?`, marks, seq);
  }
}

function without(user: string, marks: string): string | null {
  const kept = readStandings(marks).map(({ contest, scores }) => ({
    contest,
    scores: scores.filter(([name]) => name !== user),
  }));
  return writeStandings(kept);
}
