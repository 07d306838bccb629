import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openWarehouse, type Warehouse } from "../../snowflake/duckdb/index.ts";
import { sqlFiles } from "../../snowflake/sql/files.ts";
import { DEFAULT_SETTINGS } from "../../snowflake/sql/settings.ts";

/** The pipe of `snowflake/10_raw.sql`. */
const PIPE = "raw.events_pipe";

/** Where the Firehose stand-in puts its objects. */
const STAGE = "s3";

/** DuckDB lets one process at a time open a file: https://duckdb.org/docs/stable/connect/concurrency */
const LOCKED = /could not set lock/i;
const OPEN_WITHIN_MS = 60_000;
const RETRY_PAUSE_MS = 100;

/** Where a stack's warehouse is: a DuckDB database. */
export function warehouseFile(data: string): string {
  return join(data, "warehouse.duckdb");
}

/** Makes the warehouse, or brings it up to what the SQL files say today. */
export async function deployWarehouse(data: string): Promise<void> {
  await mkdir(join(data, STAGE), { recursive: true });
  await withWarehouse(data, async (warehouse) => {
    for (const { name, sql } of sqlFiles(DEFAULT_SETTINGS)) await warehouse.run(sql, name);
  });
}

/** Copies what Firehose has delivered, and runs the tasks that this wakes. */
export async function loadWarehouse(data: string): Promise<void> {
  await withWarehouse(data, async (warehouse) => {
    await warehouse.copy(PIPE);
    await warehouse.runTasks();
  });
}

/**
 * Lends the warehouse, for as short as can be: only one process at a time can have it. Waits for one that has it, at most a
 * minute. Rejects where there is none.
 */
export async function withWarehouse<T>(data: string, use: (warehouse: Warehouse) => Promise<T>): Promise<T> {
  const warehouse = await openWhenFree(data);
  try {
    return await use(warehouse);
  } finally {
    await warehouse.close();
  }
}

async function openWhenFree(data: string): Promise<Warehouse> {
  const deadline = Date.now() + OPEN_WITHIN_MS;
  for (;;) {
    try {
      return await openWarehouse({ database: warehouseFile(data), stage: join(data, STAGE) });
    } catch (error) {
      if (!(error instanceof Error && LOCKED.test(error.message)) || Date.now() > deadline) throw error;
      await sleep(RETRY_PAUSE_MS);
    }
  }
}

/** Throws, and says what to do, where `data` has no warehouse. */
export function requireWarehouse(data: string): void {
  if (!existsSync(warehouseFile(data)))
    throw new Error(`there is no warehouse in ${data}: run \`npm start\` first, or pass its --data`);
}
