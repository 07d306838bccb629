import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { columnNames } from "../dml.ts";
import { type Definition, nodesOf, type Session } from "../session.ts";
import { atomically, feeding, streamsOn } from "../transaction.ts";
import { Cursor } from "../translate/cursor.ts";
import { translate } from "../translate/expression.ts";
import { keyOf, nameAt, nameSql } from "../translate/names.ts";
import type { Scope } from "../translate/scope.ts";
import { literal } from "../translate/text.ts";
import { findKeyword, isKeyword, isPunctuation, type Node } from "../translate/tree.ts";
import { headerOf } from "./header.ts";
import { optionsAt } from "./options.ts";

export interface CopyReport {
  /** Files that were copied. */
  files: number;
  /** Rows that came of them. */
  rows: number;
  /** Lines that are no JSON and were left out. */
  badLines: number;
  /** Files that could not be read, and why. They are not tried again. */
  failed: { file: string; reason: string }[];
}

/** What a pipe does. */
interface Pipe {
  /** Where to, as SQL and as it is kept. */
  target: { sql: string; key: string };
  columns: string;
  /** `SELECT` list over a staged line. */
  values: readonly Node[];
}

export async function createPipe(
  session: Session,
  cursor: Cursor,
  scope: Scope,
  definition: Definition,
): Promise<void> {
  const name = keyOf(nameAt(cursor), scope);
  if ((await session.recall("pipe", name)) !== undefined) return;
  translate(pipeAt(cursor, scope).values, lineScope(scope, "''"));
  await session.remember("pipe", name, definition);
}

/** The part of a CREATE PIPE behind its name. Of the COPY INTO, only the form that loads lines of JSON and leaves out bad ones. */
function pipeAt(cursor: Cursor, scope: Scope): Pipe {
  optionsAt(cursor, "AS");
  cursor.expect("AS", "COPY", "INTO");
  const target = nameAt(cursor);
  const columns = columnNames(cursor.expectGroup().items);
  cursor.expect("FROM");
  const query = new Cursor(cursor.expectGroup().items);
  const options = optionsAt(cursor);
  if (!isKeyword(options.get("ON_ERROR")?.[0], "CONTINUE"))
    throw cursor.unknown("a pipe without ON_ERROR = CONTINUE");
  query.expect("SELECT");
  const rest = query.rest();
  const from = findKeyword(rest, ["FROM"]);
  if (from < 0 || !isPunctuation(rest[from + 1], "@"))
    throw cursor.unknown("a pipe from anything but a stage");
  return {
    target: { sql: nameSql(target, scope), key: keyOf(target, scope) },
    columns,
    values: rest.slice(0, from),
  };
}

function lineScope(scope: Scope, file: string): Scope {
  const words = new Map([
    ["$1", "CAST(line AS JSON)"],
    ["METADATA$FILENAME", file],
    ["METADATA$FILE_ROW_NUMBER", "row"],
    ["METADATA$START_SCAN_TIME", "CAST(sf.sysdate() AS TIMESTAMP WITH TIME ZONE)"],
  ]);
  return { ...scope, words };
}

/** Copies the files that this pipe has not copied before, each with its place in the load history or not at all. */
export async function copy(session: Session, pipeName: string): Promise<CopyReport> {
  const scope = await session.scope();
  const name = pipeName.toLowerCase();
  const definition = await session.recall("pipe", name);
  if (definition === undefined) throw new Error(`there is no pipe ${pipeName}`);
  const { cursor } = headerOf(nodesOf(definition));
  nameAt(cursor);
  const pipe = pipeAt(cursor, scope);
  const streams = await streamsOn(session, pipe.target.key);
  const report: CopyReport = { files: 0, rows: 0, badLines: 0, failed: [] };
  for (const file of await newFiles(session, name)) {
    try {
      const { rows, badLines } = await copyFile(session, name, pipe, streams, file, scope);
      report.files++;
      report.rows += rows;
      report.badLines += badLines;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      report.failed.push({ file, reason });
      await remember(session, name, pipe, file, { status: "Load failed", rows: 0, lines: 0, reason });
    }
  }
  return report;
}

/** In the order of their names, which Firehose begins with the time. A name that begins with a dot is a file being written. */
async function newFiles(session: Session, pipe: string): Promise<string[]> {
  const rows = await session.rows(`SELECT file FROM sf.load_history WHERE pipe = ${literal(pipe)}`);
  const known = new Set(rows.map(({ file }) => file));
  const entries = await readdir(session.stage, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(session.stage, "/").length))
    .filter((file) => !known.has(file))
    .sort();
}

/** No line of the collector is longer than 64 KiB; Snowflake takes 16 MB. */
const MAX_LINE_BYTES = 16_777_216;

function copyFile(
  session: Session,
  name: string,
  pipe: Pipe,
  streams: readonly string[],
  file: string,
  scope: Scope,
): Promise<{ rows: number; badLines: number }> {
  return atomically(session, async () => {
    const path = join(session.stage, file);
    // One column, no quotes, a delimiter that JSON cannot hold unescaped: each line is a value.
    const compression = file.endsWith(".gz") ? "gzip" : "none";
    await session.run(`CREATE OR REPLACE TEMP TABLE staged_lines AS
      SELECT line, row, json_valid(line) AS valid
      FROM (SELECT line, row_number() OVER () AS row FROM read_csv(${literal(path)}, columns = {line: 'VARCHAR'},
        auto_detect = false, header = false, delim = '\x01', quote = '', escape = '', compression = '${compression}',
        max_line_size = ${MAX_LINE_BYTES}, parallel = false))
      WHERE trim(line) <> ''`);
    const [counted] = await session.rows(`
      SELECT count(*) AS lines, count(*) FILTER (NOT valid) AS bad, min(row) FILTER (NOT valid) AS first_bad FROM staged_lines`);
    const badLines = Number(counted?.bad);
    const values = translate(pipe.values, lineScope(scope, literal(file)));
    const rows = await feeding(session, pipe.target.key, streams, () =>
      session.run(
        `INSERT INTO ${pipe.target.sql} (${pipe.columns}) SELECT ${values} FROM staged_lines WHERE valid`,
      ),
    );
    await session.run("DROP TABLE staged_lines");
    const status = badLines === 0 ? "Loaded" : "Partially loaded";
    const reason = badLines === 0 ? undefined : `Error parsing JSON, line ${counted?.first_bad}`;
    await remember(session, name, pipe, file, { status, rows, lines: Number(counted?.lines), reason });
    return { rows, badLines };
  });
}

/** Writes the load history, and what Snowflake would show in COPY_HISTORY. */
async function remember(
  session: Session,
  name: string,
  pipe: Pipe,
  file: string,
  {
    status,
    rows,
    lines,
    reason,
  }: { status: string; rows: number; lines: number; reason: string | undefined },
): Promise<void> {
  const { size } = await stat(join(session.stage, file));
  const [schema = "", table = ""] = pipe.target.key.toUpperCase().split(".");
  const [pipeSchema = "", pipeTable = ""] = name.toUpperCase().split(".");
  await session.run(`INSERT INTO sf.load_history VALUES (${literal(name)}, ${literal(file)});
    INSERT INTO account_usage.copy_history BY NAME SELECT
      ${literal(file)} AS file_name, ${literal(`${session.stage}/`)} AS stage_location,
      CAST(sf.sysdate() AS TIMESTAMP WITH TIME ZONE) AS last_load_time, ${rows} AS row_count, ${lines} AS row_parsed, ${size} AS file_size,
      ${reason === undefined ? "NULL" : literal(reason)} AS first_error_message, ${lines - rows} AS error_count,
      ${literal(status)} AS status, ${literal(schema)} AS table_schema_name, ${literal(table)} AS table_name,
      ${literal(pipeSchema)} AS pipe_schema_name, ${literal(pipeTable)} AS pipe_name,
      CAST(sf.sysdate() AS TIMESTAMP WITH TIME ZONE) AS pipe_received_time`);
}
