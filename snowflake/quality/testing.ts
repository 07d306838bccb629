import { createWarehouse, type Row, type Warehouse } from "../duckdb/index.ts";
import { insertion, literal } from "../duckdb/testing.ts";

/** When it is in the tests of the quality views and the alerts. */
export const NOW = new Date("2026-11-21T13:00:00.000Z");

/** A whole warehouse with rows made by hand: one for a file of tests, since to make one takes a second. */
export interface Quality {
  warehouse: Warehouse;
  insert(table: string, ...rows: readonly Row[]): Promise<void>;
  /** So many events, all the same but for their ids. */
  happened(event: Row, times?: number): Promise<void>;
  query(sql: string): Promise<Row[]>;
  /** Takes away what tests put in. */
  empty(): Promise<void>;
}

export async function openQuality(): Promise<Quality> {
  const warehouse = await createWarehouse({ database: ":memory:", stage: "", now: NOW });
  return {
    warehouse,
    async insert(table, ...rows) {
      for (const row of rows) await warehouse.run(insertion(table, row));
    },
    async happened(given, times = 1) {
      const row = { ...EVENT, ...given, event_date: String(given.timestamp ?? EVENT.timestamp).slice(0, 10) };
      await warehouse.run(
        `INSERT INTO core.events (event_id, ${Object.keys(row).join(", ")})
         SELECT UUID_STRING(), ${Object.values(row).map(literal).join(", ")} FROM TABLE(GENERATOR(ROWCOUNT => ${times}))`,
      );
    },
    query: (sql) => warehouse.query(sql),
    async empty() {
      // An append-only stream also has what was deleted since: it is emptied by what reads it.
      await warehouse.run("INSERT INTO quality.notices (subject) SELECT src_file FROM raw.raw_events_stream");
      for (const table of FILLED) await warehouse.run(`DELETE FROM ${table}`);
      await warehouse.run("DELETE FROM core.exchange_rates WHERE currency <> 'USD'");
    },
  };
}

const FILLED = [
  "raw.raw_events",
  "core.events",
  "core.rejected_events",
  "core.fact_purchases",
  "load.load_runs",
  "quality.notices",
  "snowflake.account_usage.copy_history",
  "snowflake.account_usage.metering_history",
  "snowflake.account_usage.query_attribution_history",
];

/** What an event is where a test does not say. */
const EVENT = {
  event_type: "custom",
  game_id: "chess",
  user_id: "ada",
  session_id: "session-1",
  app_version: "1.0",
  timestamp: "2026-11-21 12:00:00",
  ingestion_timestamp: "2026-11-21 12:00:03",
  loaded_at: "2026-11-21 12:05:00",
};

/** A purchase, in core.fact_purchases. */
export function purchase(id: string, timestamp: string, amount: string, currency: string): Row {
  return {
    event_id: id,
    game_id: "chess",
    user_id: "ada",
    session_id: "session-1",
    timestamp,
    event_date: timestamp.slice(0, 10),
    product_id: "coins",
    quantity: 1,
    price: amount,
    amount,
    currency,
    store: "app_store",
  };
}

/** A rejection, in core.rejected_events. */
export function rejection(id: string, fields: Row = {}): Row {
  return {
    rejection_id: id,
    rejected_by: "collector",
    reason: "invalid_decimal",
    path: "price",
    game_id: "chess",
    app_version: "1.0",
    raw: `{"price":"${id}"}`,
    ingestion_timestamp: "2026-11-21 12:00:03",
    loaded_at: "2026-11-21 12:05:00",
    ...fields,
  };
}
