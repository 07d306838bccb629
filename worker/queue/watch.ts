import type { EventFilter } from "../events/filter.ts";
import type { Sql } from "./sql.ts";

/** What a queue says of a parcel while somebody watches its game. */
export interface Watched {
  /** What they ask to see. */
  filters: EventFilter[];
  /** Events of erased players, by their place in the parcel: nobody may see them. */
  hidden: number[];
  /** The same of its rejections. */
  hiddenRejections: number[];
}

/**
 * `watch`  one row, `(1, 1795305600000)`: somebody watches the game until then, in milliseconds since 1970.
 *
 * A queue of a quiet game sleeps within seconds and forgets what is in memory: so the lease is kept. What is asked for is not: it
 * may name a player. A queue that has slept offers everything, until it is told again.
 */
const SCHEMA = "CREATE TABLE IF NOT EXISTS watch (id INTEGER PRIMARY KEY, until INTEGER NOT NULL)";

/** What is asked for where that is not known: everything. */
const EVERYTHING: EventFilter[] = [{}];

/** Whether somebody watches a queue's game. */
export class Watch {
  readonly #sql: Sql;
  #until: number;
  #filters = EVERYTHING;

  constructor(sql: Sql, storage: DurableObjectStorage) {
    storage.sql.exec(SCHEMA);
    this.#sql = sql;
    this.#until = sql.rows<{ until: number }>("SELECT until FROM watch")[0]?.until ?? 0;
  }

  /** Somebody watches until then, and asks for this. A row is written only where the time is another. */
  set(until: number, filters: EventFilter[] = EVERYTHING): void {
    this.#filters = filters;
    if (until === this.#until) return;
    this.#until = until;
    this.#sql.write("INSERT OR REPLACE INTO watch (id, until) VALUES (1, ?)", until);
  }

  /** What is asked for; undefined: nobody watches. */
  filtersAt(now: number): EventFilter[] | undefined {
    return now < this.#until ? this.#filters : undefined;
  }
}
