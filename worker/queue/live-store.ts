import { LiveState, MINUTE_MS } from "../live/live-state.ts";
import { log } from "../log.ts";
import type { Sql } from "./sql.ts";

/**
 * `live`  one row, `(1, 1536, '{"version":1,"day":20778,…}')`: what `LiveState` had seen of all rows up to 1536. Of later ones the
 *         outbox knows how many events they brought, though not of what type.
 */
const SCHEMA =
  "CREATE TABLE IF NOT EXISTS live (id INTEGER PRIMARY KEY, up_to INTEGER NOT NULL, json TEXT NOT NULL)";

/** It is written with the state, but no more often: it is but nice to have, and each time costs a row. */
const SAVE_EVERY_MS = 5_000;

/** Keeps a queue's live state between two lives of it. */
export class LiveStore {
  readonly #sql: Sql;
  #savedAt = 0;

  constructor(sql: Sql, storage: DurableObjectStorage) {
    storage.sql.exec(SCHEMA);
    this.#sql = sql;
  }

  /** The state as it was last saved, and what the rows that came since say of themselves. */
  read(): LiveState {
    const [row] = this.#sql.rows<{ up_to: number; json: string }>("SELECT up_to, json FROM live");
    const state = row === undefined ? new LiveState() : parsed(row.json);
    const since = this.#sql.rows<{ minute: number; accepted: number; duplicates: number; rejected: number }>(
      `SELECT at / ${MINUTE_MS} AS minute, sum(events * is_event) AS accepted, sum(duplicates) AS duplicates,
         sum(rejected) AS rejected
       FROM outbox WHERE seq > ? AND history IS NULL GROUP BY minute ORDER BY minute`,
      row?.up_to ?? 0,
    );
    for (const { minute, ...verdicts } of since) state.addVerdicts(verdicts, minute * MINUTE_MS);
    return state;
  }

  /** Saves what was seen of all rows up to `upTo`, unless that was done a moment ago. */
  save(state: LiveState, upTo: number, { isForced }: { isForced: boolean }): void {
    const now = Date.now();
    if (!isForced && Math.abs(now - this.#savedAt) < SAVE_EVERY_MS) return;
    this.#sql.write("INSERT OR REPLACE INTO live (id, up_to, json) VALUES (1, ?, ?)", upTo, String(state));
    this.#savedAt = now;
  }
}

/** What cannot be read is begun anew: nothing that is merely nice may keep a queue from its work. */
function parsed(json: string): LiveState {
  try {
    return LiveState.parse(json);
  } catch (error) {
    log("warn", "live_state_unreadable", { error: String(error) });
    return new LiveState();
  }
}
