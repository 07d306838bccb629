import { DurableObject } from "cloudflare:workers";
import { type BoardFunction, type BoardPeriod, UNITS_PER_ONE } from "../events/board.ts";
import { playerHash } from "../queue/player-hash.ts";
import { endOf, PERIOD_KEPT_MS } from "./period.ts";
import type { Contest, Score, Standing } from "./standings.ts";

/**
 * `contest`        `(3, "high_score#9f86d081884c", "2026-W47", "max", 1795392000000)`: a board in one period, and when that ends; null: never
 * `score`          `(3, "user_12345", 4990000, 1795262400000)`: a player's value in millionths and when it was reached. The value has
 *                  64 bits; one that needs more is a double. There is no index: it would double what a changed score costs, and reading
 *                  a row costs a thousandth of writing one.
 * `queue`          `("awesome_game/enam/0", 1536)`: what the queue's rows up to 1536 bring is in the scores
 * `erased_player`  `("9f86d0…")`: the hash of a player's id, which itself is kept nowhere
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS contest (
    id INTEGER PRIMARY KEY, board TEXT NOT NULL, period TEXT NOT NULL, fn TEXT NOT NULL, ends_at INTEGER);
  CREATE TABLE IF NOT EXISTS score (
    contest INTEGER NOT NULL, user TEXT NOT NULL, value NUMERIC NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (contest, user)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS queue (name TEXT PRIMARY KEY, up_to INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS erased_player (hash TEXT PRIMARY KEY) WITHOUT ROWID;
`;

/** So many players have a rank; those behind them have a value alone. */
export const MAX_RANK = 1_000;

/** A contest of more players loses its last ones, down to the first of these: not one by one, which would cost a row each time. */
const PLAYERS_KEPT = 100_000;
const PLAYERS_AT_MOST = 110_000;

/** What a queue brings: all that its rows behind `after`, up to `upTo`, bring to boards. */
export interface Contribution {
  queue: string;
  after: number;
  upTo: number;
  standings: Standing[];
  /** What hashes of erased players are salted with. */
  salt: string;
}

/** A player in a contest. */
export interface Entry {
  /** From 1; null: behind `MAX_RANK`. */
  rank: number | null;
  user: string;
  value: number;
  /** Milliseconds since 1970. */
  at: number;
}

export interface Page {
  entries: Entry[];
  /** How many players the contest has. */
  total: number;
}

/** So many contests' first players are remembered, of some 200 KB each: there may be hundreds of contests, and an object has 128 MB. */
const TOPS_KEPT = 50;

/** To find them all players are read: so many a millisecond at most, $0.90 a day for a contest, however often scores change and whoever asks. */
const PLAYERS_READ_PER_MS = 10;

interface KnownContest {
  id: number;
  fn: BoardFunction;
  players: number;
}

/** The first `MAX_RANK` of a contest. */
interface Top {
  entries: Entry[];
  /** When they were found; milliseconds since 1970. */
  at: number;
  /** Whether a score has changed since. */
  isOld: boolean;
}

/** The leaderboards of one game: what its queues bring is added up, and counted once. */
export class Leaderboards extends DurableObject<Env> {
  readonly #known = new Map<string, KnownContest>();
  /** By contest, once they were asked for. */
  readonly #tops = new Map<number, Top>();
  readonly #erased: Set<string>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
    this.#erased = new Set(
      this.#rows<{ hash: string }>("SELECT hash FROM erased_player").map(({ hash }) => hash),
    );
  }

  /**
   * Takes a contribution, all of it or nothing, if it follows on what was taken of that queue before; answers up to where that is now.
   * A queue that is told of another place than it thought goes on from there: nothing is counted twice, whatever was lost between.
   */
  take({ queue, after, upTo, standings, salt }: Contribution): { upTo: number } {
    const [row] = this.#rows<{ up_to: number }>("SELECT up_to FROM queue WHERE name = ?", queue);
    const taken = row?.up_to ?? 0;
    if (taken !== after) return { upTo: taken };
    this.#writing(() => {
      for (const { contest, scores } of standings) this.#add(contest, this.#unerased(scores, salt));
      this.#sql("INSERT OR REPLACE INTO queue (name, up_to) VALUES (?, ?)", queue, upTo);
    });
    return { upTo };
  }

  /** Takes a player out, and keeps nothing of them from now on. */
  erase({ user, hash }: { user: string; hash: string }): void {
    this.#writing(() => {
      this.#erased.add(hash);
      this.#sql("INSERT OR IGNORE INTO erased_player (hash) VALUES (?)", hash);
      this.#sql("DELETE FROM score WHERE contest IN (SELECT id FROM contest) AND user = ?", user);
      this.#forget();
    });
  }

  /** Up to `limit` players behind a rank. */
  page(contest: Contest, after: number, limit: number): Page {
    const known = this.#find(contest);
    if (known === undefined) return NOBODY;
    return { entries: this.#top(known).slice(after, after + limit), total: known.players };
  }

  /** A player, and `n` above and below; where the player has no rank, the player alone, or nobody. */
  around(contest: Contest, user: string, n: number): Page {
    const known = this.#find(contest);
    if (known === undefined) return NOBODY;
    const top = this.#top(known);
    const place = top.findIndex((entry) => entry.user === user);
    const entries = place >= 0 ? top.slice(Math.max(0, place - n), place + n + 1) : this.#own(known, user);
    return { entries, total: known.players };
  }

  /** What a player has in each of these contests; null: nothing. */
  of(contests: Contest[], user: string): (Entry | null)[] {
    return contests.map((contest) => this.around(contest, user, 0).entries[0] ?? null);
  }

  /** Lets a period go that ended long ago, and the next one in a run of its own: what is told meanwhile must not wait for all of them. */
  override async alarm(): Promise<void> {
    const endedBefore = Date.now() - PERIOD_KEPT_MS;
    this.#writing(() => {
      const query = "SELECT id FROM contest WHERE ends_at <= ? ORDER BY ends_at LIMIT 1";
      for (const { id } of this.#rows<{ id: number }>(query, endedBefore)) {
        this.#sql("DELETE FROM score WHERE contest = ?", id);
        this.#sql("DELETE FROM contest WHERE id = ?", id);
      }
      this.#forget();
    });
    this.#arm();
  }

  #unerased(scores: Standing["scores"], salt: string): Standing["scores"] {
    if (this.#erased.size === 0) return scores;
    const game = this.ctx.id.name ?? "";
    return scores.filter(([user]) => !this.#erased.has(playerHash(salt, game, user)));
  }

  #add(contest: Contest, scores: Standing["scores"]): void {
    const endsAt = endOf(kindOf(contest.period), contest.period) ?? 0;
    if (scores.length === 0 || endsAt + PERIOD_KEPT_MS <= Date.now()) return;
    const known = this.#find(contest) ?? this.#begin(contest, endsAt);
    for (const [user, score] of scores) known.players += Number(this.#put(known, user, score));
    const top = this.#tops.get(known.id);
    if (top !== undefined) top.isOld = true;
    if (known.players > PLAYERS_AT_MOST) this.#trim(known);
  }

  /** Takes a score; answers whether the player is new. */
  #put({ id, fn }: KnownContest, user: string, { units, at }: Score): boolean {
    const row = [id, user, String(units), at];
    const { rowsWritten } = this.#sql(
      `INSERT OR IGNORE INTO score VALUES (?1, ?2, ${NEW_VALUE}, ?4)`,
      ...row,
    );
    if (rowsWritten > 0) return true;
    this.#sql(`UPDATE score SET ${CHANGES[fn]}`, ...row);
    return false;
  }

  #trim(known: KnownContest): void {
    this.#sql(
      `DELETE FROM score WHERE contest = ?1 AND user IN (
         SELECT user FROM score WHERE contest = ?1 ORDER BY ${ORDER[known.fn]} LIMIT -1 OFFSET ?2)`,
      known.id,
      PLAYERS_KEPT,
    );
    known.players = PLAYERS_KEPT;
  }

  #begin({ board, period, fn }: Contest, endsAt: number): KnownContest {
    this.#sql(
      "INSERT INTO contest (board, period, fn, ends_at) VALUES (?, ?, ?, ?)",
      board,
      period,
      fn,
      Number.isFinite(endsAt) ? endsAt : null,
    );
    this.#arm();
    const known = this.#find({ board, period, fn });
    if (known === undefined) throw new Error("the contest was not stored");
    return known;
  }

  #find({ board, period }: Contest): KnownContest | undefined {
    const key = `${board} ${period}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [row] = this.#rows<{ id: number; fn: BoardFunction }>(
      "SELECT id, fn FROM contest WHERE board = ? AND period = ?",
      board,
      period,
    );
    if (row === undefined) return undefined;
    const players = this.#count("SELECT count(*) AS count FROM score WHERE contest = ?", row.id);
    const found: KnownContest = { ...row, players };
    this.#known.set(key, found);
    return found;
  }

  #top({ id, fn, players }: KnownContest): Entry[] {
    const [known, at] = [this.#tops.get(id), Date.now()];
    const isKept = (top: Top) => Math.abs(at - top.at) < Math.floor(players / PLAYERS_READ_PER_MS);
    if (known !== undefined && (!known.isOld || isKept(known))) return known.entries;
    const entries = this.#rows<Row>(
      `SELECT user, value, at FROM score WHERE contest = ? ORDER BY ${ORDER[fn]} LIMIT ?`,
      id,
      MAX_RANK,
    ).map((row, place) => entryOf(row, place + 1));
    if (this.#tops.size >= TOPS_KEPT) this.#tops.clear();
    this.#tops.set(id, { entries, at, isOld: false });
    return entries;
  }

  #own({ id }: KnownContest, user: string): Entry[] {
    const rows = this.#rows<Row>(
      "SELECT user, value, at FROM score WHERE contest = ? AND user = ?",
      id,
      user,
    );
    return rows.map((row) => entryOf(row, null));
  }

  /** One alarm, for whichever period is to go first. */
  #arm(): void {
    const [row] = this.#rows<{ first: number | null }>("SELECT min(ends_at) AS first FROM contest");
    if (typeof row?.first === "number") void this.ctx.storage.setAlarm(row.first + PERIOD_KEPT_MS);
  }

  /** All of it or nothing; what is in memory may be ahead of a write that failed. */
  #writing(work: () => void): void {
    try {
      this.ctx.storage.transactionSync(work);
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  /** What is in memory is read again when it is asked for. */
  #forget(): void {
    this.#known.clear();
    this.#tops.clear();
  }

  #count(query: string, ...bindings: SqlStorageValue[]): number {
    return this.#rows<{ count: number }>(query, ...bindings)[0]?.count ?? 0;
  }

  #rows<Found extends object>(query: string, ...bindings: SqlStorageValue[]): Found[] {
    return this.#sql(query, ...bindings).toArray() as Found[];
  }

  #sql(query: string, ...bindings: SqlStorageValue[]) {
    return this.ctx.storage.sql.exec(query, ...bindings);
  }
}

interface Row {
  user: string;
  value: number;
  at: number;
}

const NEW_VALUE = "CAST(?3 AS NUMERIC)";
const OWN = "WHERE contest = ?1 AND user = ?2";

/** What becomes of a player's score: in SQL what `combined` is. A score that stays as it is costs no row. */
const CHANGES: Record<BoardFunction, string> = {
  max: replacedIf(`${NEW_VALUE} > value OR (${NEW_VALUE} = value AND ?4 < at)`),
  min: replacedIf(`${NEW_VALUE} < value OR (${NEW_VALUE} = value AND ?4 < at)`),
  last: replacedIf(`?4 > at OR (?4 = at AND ${NEW_VALUE} > value)`),
  sum: `value = value + ${NEW_VALUE}, at = max(at, ?4) ${OWN}`,
  count: `value = value + ${NEW_VALUE}, at = max(at, ?4) ${OWN}`,
};

function replacedIf(condition: string): string {
  return `value = ${NEW_VALUE}, at = ?4 ${OWN} AND (${condition})`;
}

const HIGHEST_FIRST = "value DESC, at, user";

/** Who is ahead; of equals the earlier. */
const ORDER: Record<BoardFunction, string> = {
  max: HIGHEST_FIRST,
  min: "value, at, user",
  last: HIGHEST_FIRST,
  sum: HIGHEST_FIRST,
  count: HIGHEST_FIRST,
};

/** Fifteen digits survive a double: https://en.wikipedia.org/wiki/Double-precision_floating-point_format */
function entryOf({ user, value, at }: Row, rank: number | null): Entry {
  return { rank, user, value: Number((value / UNITS_PER_ONE).toPrecision(15)), at };
}

function kindOf(period: string): BoardPeriod {
  if (period === "all") return "all";
  return period.includes("W") ? "week" : "day";
}

const NOBODY: Page = { entries: [], total: 0 };
