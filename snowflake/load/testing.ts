import type { Row, Warehouse } from "../duckdb/index.ts";
import { deployUntil, openDeployed } from "../duckdb/testing.ts";
import { type Bucket, createBucket, type Line } from "./bucket.ts";

/** When it is, for tests of the load. */
export const NOW = new Date("2026-11-21T13:00:00.000Z");

/** A salt of the tests' own, so that the same player has the same hash in every warehouse. */
const SALT = "UPDATE load.erasure_salt SET salt = 'the salt of the tests'";

/** The layers that the load is about, and what they earn, on an empty bucket. */
export interface Loading extends AsyncDisposable {
  warehouse: Warehouse;
  bucket: Bucket;
  /** Runs the files of these layers, again. */
  deploy(): Promise<void>;
  /** Delivers objects, each of these lines, and loads them in one run. */
  load(...objects: (readonly Line[])[]): Promise<void>;
  query(sql: string): Promise<Row[]>;
}

/** What earns, too: 40_revenue.sql. */
const END = "41";

export async function startLoading(): Promise<Loading> {
  const bucket = createBucket();
  const warehouse = await openDeployed(END, { stage: bucket.directory, now: NOW });
  await warehouse.run(SALT);
  return {
    warehouse,
    bucket,
    deploy: () => deployUntil(END, warehouse),
    query: (sql) => warehouse.query(sql),
    async load(...objects) {
      for (const lines of objects) bucket.put(lines);
      await warehouse.copy("raw.events_pipe");
      await warehouse.runTasks();
    },
    async [Symbol.asyncDispose]() {
      await warehouse.close();
      bucket[Symbol.dispose]();
    },
  };
}

/** What core holds, but for where and when each row came in: that differs with the order of files. */
export async function coreOf({ query }: Loading): Promise<Record<string, Row[]>> {
  const tables = {
    events: "SELECT * EXCLUDE (src_file, src_row, loaded_at) FROM core.events ORDER BY event_id",
    rejected:
      "SELECT * EXCLUDE (src_file, src_row, loaded_at) FROM core.rejected_events ORDER BY rejection_id",
    purchases: "SELECT * FROM core.fact_purchases ORDER BY event_id",
    rates: "SELECT * FROM core.exchange_rates ORDER BY currency, valid_from",
    users: "SELECT * FROM core.dim_users ORDER BY game_id, user_id",
    sessions: "SELECT * FROM core.dim_sessions ORDER BY game_id, user_id, session_id",
    erased: "SELECT game_id, player_hash FROM core.erasure_requests ORDER BY player_hash",
  };
  const rows = Object.entries(tables).map(async ([name, sql]) => [name, await query(sql)] as const);
  return Object.fromEntries(await Promise.all(rows));
}
