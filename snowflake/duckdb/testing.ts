import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlFiles } from "../sql/files.ts";
import { DEFAULT_SETTINGS } from "../sql/settings.ts";
import { openWarehouse, type Row, type Warehouse, type WarehouseOptions } from "./index.ts";

/** Databases in which nothing but the files before a number is deployed, by that number. */
const templates = new Map<string, Promise<Buffer>>();

/**
 * A warehouse in which the numbered files before `end` (such as "41") are deployed, and no row is. A copy: to deploy takes five
 * times as long. Its database goes when it is closed.
 */
export async function openDeployed(
  end: string,
  options: Pick<WarehouseOptions, "stage" | "now">,
): Promise<Warehouse> {
  const template = templates.get(end) ?? makeTemplate(end);
  templates.set(end, template);
  const directory = await mkdtemp(join(tmpdir(), "playtrail-warehouse-"));
  const database = join(directory, "warehouse.duckdb");
  await writeFile(database, await template);
  const warehouse = await openWarehouse({ ...options, database });
  return {
    ...warehouse,
    async close() {
      await warehouse.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Runs the numbered files before `end`. */
export async function deployUntil(end: string, warehouse: Warehouse): Promise<void> {
  for (const { name, sql } of sqlFiles(DEFAULT_SETTINGS).filter(({ name }) => name < end))
    await warehouse.run(sql, name);
}

async function makeTemplate(end: string): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), "playtrail-warehouse-"));
  const database = join(directory, "warehouse.duckdb");
  const warehouse = await openWarehouse({ database, stage: directory });
  await deployUntil(end, warehouse);
  await warehouse.close();
  const file = await readFile(database);
  await rm(directory, { recursive: true });
  return file;
}

/** The statement that puts a row into a table. */
export function insertion(table: string, row: Row): string {
  return `INSERT INTO ${table} (${Object.keys(row).join(", ")}) SELECT ${Object.values(row).map(literal).join(", ")}`;
}

/** A value as Snowflake's SQL writes it. */
export function literal(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `'${value.replaceAll("'", "''")}'`;
    case "object":
      return value === null ? "NULL" : `PARSE_JSON('${JSON.stringify(value)}')`;
    default:
      return String(value);
  }
}
