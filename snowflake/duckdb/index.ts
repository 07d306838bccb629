import { createHash } from "node:crypto";
import { DuckDBInstance } from "@duckdb/node-api";
import { sqlFiles } from "../sql/files.ts";
import { tokensOf } from "../sql/lexer.ts";
import { DEFAULT_SETTINGS, type Settings } from "../sql/settings.ts";
import { statementsOf } from "../sql/statements.ts";
import { ACCOUNT_USAGE } from "./account-usage.ts";
import { WarehouseError } from "./errors.ts";
import { firingAlerts } from "./objects/alert.ts";
import { call } from "./objects/call.ts";
import { type CopyReport, copy } from "./objects/pipe.ts";
import { runTasks } from "./objects/task.ts";
import { PRELUDE, SETTINGS } from "./prelude.ts";
import { Session } from "./session.ts";
import { execute, executeNodes } from "./statements.ts";
import { rollback } from "./transaction.ts";
import { translate } from "./translate/expression.ts";
import { NotUnderstood } from "./translate/not-understood.ts";
import { literal } from "./translate/text.ts";
import { isKeyword, treeOf } from "./translate/tree.ts";
import type { Row } from "./values.ts";

export { WarehouseError } from "./errors.ts";
export type { CopyReport } from "./objects/pipe.ts";
export { NotUnderstood } from "./translate/not-understood.ts";
export type { Json, Row, Value } from "./values.ts";

/** A column of a table or a view. */
export interface Column {
  schema: string;
  table: string;
  column: string;
  /** What DuckDB calls it. */
  type: string;
  /** Its COMMENT; null: none. */
  comment: string | null;
}

/** Runs Snowflake's SQL on DuckDB. README.md says what of it, and what is different. */
export interface Warehouse {
  /** Runs the statements of a Snowflake file, settings put in. Rejects with a WarehouseError, which names file, line and statement. */
  run(sql: string, file?: string): Promise<void>;
  /** The rows of one query in Snowflake's SQL, or of a CALL: what it returned, as `result`. */
  query(sql: string): Promise<Row[]>;
  /** Copies those files of a pipe's stage that were not copied before, as Snowpipe would. */
  copy(pipe: string): Promise<CopyReport>;
  /** Runs every started task whose stream has data, until none has. */
  runTasks(): Promise<void>;
  /** The alerts whose condition holds now, as `schema.name`. */
  firingAlerts(): Promise<string[]>;
  /** All columns of the project's tables and views, with their comments, by schema, table and place. */
  columns(): Promise<Column[]>;
  close(): Promise<void>;
}

export interface WarehouseOptions {
  /** A file, or ":memory:". */
  database: string;
  /** The directory that stands for the URL of the stage. */
  stage: string;
  /** What SYSDATE() says; absent: the clock. */
  now?: Date;
  /** As DuckDB has it, such as "512MB"; absent: DuckDB's own, 80 % of the memory. */
  memoryLimit?: string;
}

/** Opens a warehouse. Rejects where another process has the file open: DuckDB lets one in at a time. */
export async function openWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  const { database, stage, now, memoryLimit } = options;
  const instance = await DuckDBInstance.create(
    database,
    memoryLimit === undefined ? {} : { memory_limit: memoryLimit },
  );
  const connection = await instance.connect();
  const close = () => {
    connection.closeSync();
    instance.closeSync();
  };
  const session = new Session(connection, stage);
  try {
    await prepare(session, now);
  } catch (error) {
    close();
    throw error;
  }

  // One connection: what is called while something else runs waits for it, and does not get into its transaction.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    run: (sql, file = "query") => inTurn(() => runFile(session, sql, file)),
    query: (sql) => inTurn(() => query(session, sql)),
    copy: (pipe) => inTurn(() => copy(session, pipe)),
    runTasks: () =>
      inTurn(() =>
        runTasks(session, (nodes) =>
          executeNodes(session, nodes, { text: "", file: "", line: 0, statement: 0 }),
        ),
      ),
    firingAlerts: () => inTurn(() => firingAlerts(session)),
    columns: () => inTurn(() => columns(session)),
    close: () => inTurn(async () => close()),
  };
}

async function runFile(session: Session, sql: string, file: string): Promise<void> {
  for (const statement of statementsOf(sql)) {
    try {
      await execute(session, statement, file);
    } catch (error) {
      await rollback(session);
      throw new WarehouseError({ file, line: statement.line, statement: statement.number }, error);
    }
  }
}

async function query(session: Session, sql: string): Promise<Row[]> {
  const nodes = treeOf(tokensOf(sql.replace(/;\s*$/, "")));
  const scope = await session.scope();
  if (isKeyword(nodes[0], "CALL")) return [{ result: await call(session, nodes, scope) }];
  if (!isKeyword(nodes[0], "SELECT", "WITH"))
    throw new NotUnderstood("a query that begins so", nodes[0]?.line ?? 1);
  return session.rows(translate(nodes, scope));
}

/** Makes the harness's own schemas, unless they are as they should be: a laptop opens its warehouse every few seconds. */
async function prepare(session: Session, now: Date | undefined): Promise<void> {
  await session.run(`SET TimeZone = 'UTC'; SET default_null_order = 'nulls_last_on_asc_first_on_desc'`);
  if (now !== undefined)
    await session.run(`SET VARIABLE sf_now = CAST(${literal(now.toISOString())} AS TIMESTAMP)`);
  const prelude = PRELUDE + ACCOUNT_USAGE;
  const version = createHash("sha256").update(prelude).digest("hex");
  await session.run(SETTINGS);
  if ((await session.setting("prelude")) === version) return;
  await session.run(prelude);
  await session.set("prelude", version);
}

/** Opens a warehouse and runs all numbered files. */
export async function createWarehouse(
  options: WarehouseOptions,
  settings: Settings = DEFAULT_SETTINGS,
): Promise<Warehouse> {
  const warehouse = await openWarehouse(options);
  await deployAll(warehouse, settings);
  return warehouse;
}

/** Runs all numbered files of `snowflake/`. */
export async function deployAll(warehouse: Warehouse, settings: Settings = DEFAULT_SETTINGS): Promise<void> {
  for (const { name, sql } of sqlFiles(settings)) await warehouse.run(sql, name);
}

async function columns(session: Session): Promise<Column[]> {
  const rows = await session.rows(`
    SELECT schema_name, table_name, column_name, data_type, comment
    FROM duckdb_columns()
    WHERE database_name = current_database() AND NOT internal AND schema_name NOT IN ('sf', 'account_usage', 'main')
    ORDER BY schema_name, table_name, column_index`);
  return rows.map((row) => ({
    schema: String(row.schema_name),
    table: String(row.table_name),
    column: String(row.column_name),
    type: String(row.data_type),
    comment: row.comment === null ? null : String(row.comment),
  }));
}
