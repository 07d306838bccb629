import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type CopyReport, deployAll, openWarehouse, type Warehouse } from "../../snowflake/duckdb/index.ts";

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

/** Makes the warehouse, or brings it up to what the SQL files say today. Rejects, and says what to do, where it cannot become that, or `stop` is aborted. */
export async function deployWarehouse(data: string, stop: AbortSignal): Promise<void> {
  await mkdir(join(data, STAGE), { recursive: true });
  const file = warehouseFile(data);
  const isNew = !existsSync(file);
  try {
    await withWarehouse(data, (warehouse) => deployAll(warehouse), stop);
  } catch (error) {
    if (isNew || !(error instanceof Error)) throw error;
    throw new Error(
      `${error.message}\nIf another version of Playtrail made ${file}, delete it: all of it is loaded again from ${join(data, STAGE)}`,
      { cause: error },
    );
  }
}

/** Copies what Firehose has delivered, and runs the tasks that this wakes. Says on stderr what of it is no events. */
export async function loadWarehouse(data: string, stop?: AbortSignal): Promise<void> {
  await withWarehouse(data, load, stop);
}

/**
 * Lends a warehouse that is there, once what Firehose has delivered is loaded. Throws, and says what to do, where `data` has none.
 */
export async function askWarehouse<T>(data: string, ask: (warehouse: Warehouse) => Promise<T>): Promise<T> {
  if (!existsSync(warehouseFile(data)))
    throw new Error(`there is no warehouse in ${data}: run \`npm start\` first, or pass its --data`);
  return withWarehouse(data, async (warehouse) => {
    await load(warehouse);
    return ask(warehouse);
  });
}

async function load(warehouse: Warehouse): Promise<void> {
  const report = await warehouse.copy(PIPE);
  await warehouse.runTasks();
  for (const problem of leftOut(report)) console.error(problem);
}

/** What of the objects did not get into the warehouse, for people. Of a reason only the first line: the others show the data. */
function leftOut({ badLines, failed }: Pick<CopyReport, "badLines" | "failed">): string[] {
  const files = failed.map(({ file, reason }) => `The warehouse left out ${file}: ${reason.split("\n")[0]}`);
  return badLines === 0 ? files : [...files, `The warehouse left out lines that are no JSON: ${badLines}.`];
}

/**
 * Lends the warehouse, for as short as can be: one process at a time can have it. Waits for one that has it, at most a minute and
 * not once `stop` is aborted.
 */
export async function withWarehouse<T>(
  data: string,
  use: (warehouse: Warehouse) => Promise<T>,
  stop?: AbortSignal,
): Promise<T> {
  const warehouse = await openWhenFree(data, stop);
  try {
    return await use(warehouse);
  } finally {
    await warehouse.close();
  }
}

async function openWhenFree(data: string, stop: AbortSignal | undefined): Promise<Warehouse> {
  const deadline = Date.now() + OPEN_WITHIN_MS;
  for (;;) {
    try {
      return await openWarehouse({ database: warehouseFile(data), stage: join(data, STAGE) });
    } catch (error) {
      if (!(error instanceof Error && LOCKED.test(error.message)) || Date.now() > deadline) throw error;
      await sleep(RETRY_PAUSE_MS, undefined, { signal: stop });
    }
  }
}
