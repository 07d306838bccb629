import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
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
import type { Creation } from "./table.ts";

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

/** Creates a pipe, of which the files that it has copied are remembered: it is never replaced. */
export async function createPipe(
  session: Session,
  creation: Creation,
  cursor: Cursor,
  scope: Scope,
  definition: Definition,
): Promise<void> {
  const name = keyOf(nameAt(cursor), scope);
  const exists = (await session.recall("pipe", name)) !== undefined;
  if (exists && creation === "IF NOT EXISTS") return;
  if (exists) throw new Error(`the pipe ${name} exists`);
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
    ["METADATA$FILE_ROW_NUMBER", '"row"'],
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
  const run: CopyRun = {
    session,
    name,
    pipe: pipeAt(cursor, scope),
    scope,
    report: { files: 0, rows: 0, badLines: 0, failed: [] },
  };
  for (const batch of batchesOf(await newFiles(session, name))) await copyBatch(run, batch);
  return run.report;
}

interface CopyRun {
  session: Session;
  name: string;
  pipe: Pipe;
  scope: Scope;
  report: CopyReport;
}

interface StagedFile {
  /** Its path from the stage on. */
  name: string;
  bytes: number;
}

/** What one commit holds at most: it is in memory until then, ten times the size where it was compressed. */
const BATCH_BYTES = 8 * 1024 * 1024;

function batchesOf(files: readonly StagedFile[]): StagedFile[][] {
  const batches: StagedFile[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const file of files) {
    if (bytes + file.bytes > BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(file);
    bytes += file.bytes;
  }
  return batches;
}

/** Copies files in one transaction. If that fails, each in its own: one that cannot be read must not keep the others out. */
async function copyBatch(run: CopyRun, files: readonly StagedFile[]): Promise<void> {
  try {
    const copied = await atomically(run.session, async () => {
      const counts: { rows: number; badLines: number }[] = [];
      for (const file of files) counts.push(await copyFile(run, file));
      return counts;
    });
    for (const { rows, badLines } of copied) {
      run.report.files++;
      run.report.rows += rows;
      run.report.badLines += badLines;
    }
  } catch (error) {
    if (isOfMachine(error)) throw error;
    const [file, ...more] = files;
    if (more.length > 0) for (const one of files) await copyBatch(run, [one]);
    else if (file !== undefined)
      await giveUp(run, file, error instanceof Error ? error.message : String(error));
  }
}

/** The disk or the memory is full: no fault of the file, which may be copied another time. */
function isOfMachine(error: unknown): boolean {
  return error instanceof Error && /out of memory|no space left|disk is full/i.test(error.message);
}

async function giveUp(run: CopyRun, file: StagedFile, reason: string): Promise<void> {
  run.report.failed.push({ file: file.name, reason });
  await remember(run, file, { status: "Load failed", rows: 0, lines: 0, reason });
}

/** In the order of their names, which Firehose begins with the time. A name that begins with a dot is a file being written. */
async function newFiles(session: Session, pipe: string): Promise<StagedFile[]> {
  const rows = await session.rows(`SELECT file FROM sf.load_history WHERE pipe = ${literal(pipe)}`);
  const known = new Set(rows.map(({ file }) => file));
  const entries = await readdir(session.stage, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => relative(session.stage, join(entry.parentPath, entry.name)))
    .filter((name) => !known.has(name))
    .sort();
  return Promise.all(
    names.map(async (name) => ({ name, bytes: (await stat(join(session.stage, name))).size })),
  );
}

/** No line of the collector is longer than 64 KiB; Snowflake takes 16 MB. */
const MAX_LINE_BYTES = 16_777_216;

async function copyFile(run: CopyRun, file: StagedFile): Promise<{ rows: number; badLines: number }> {
  const { session, pipe, scope } = run;
  const compression = file.name.endsWith(".gz") ? "gzip" : "none";
  // One column without quotes, and a delimiter that JSON cannot hold unescaped: each line is a value.
  await session.run(`CREATE OR REPLACE TEMP TABLE staged_lines AS
    SELECT line, "row", json_valid(line) AS "valid"
    FROM (SELECT line, row_number() OVER () AS "row" FROM read_csv(${literal(join(session.stage, file.name))},
      columns = {line: 'VARCHAR'}, auto_detect = false, header = false, delim = '\x01', quote = '', escape = '',
      compression = '${compression}', max_line_size = ${MAX_LINE_BYTES}, parallel = false))
    WHERE trim(line) <> ''`);
  const [counted] = await session.rows(`SELECT count(*) AS lines, count(*) FILTER (NOT "valid") AS bad,
    min("row") FILTER (NOT "valid") AS first_bad FROM staged_lines`);
  const badLines = Number(counted?.bad);
  const values = translate(pipe.values, lineScope(scope, literal(file.name)));
  const streams = await streamsOn(session, pipe.target.key);
  const rows = await feeding(session, pipe.target.key, streams, () =>
    session.run(
      `INSERT INTO ${pipe.target.sql} (${pipe.columns}) SELECT ${values} FROM staged_lines WHERE "valid"`,
    ),
  );
  await session.run("DROP TABLE staged_lines");
  await remember(run, file, {
    status: badLines === 0 ? "Loaded" : "Partially loaded",
    rows,
    lines: Number(counted?.lines),
    reason: badLines === 0 ? undefined : `Error parsing JSON, line ${counted?.first_bad}`,
  });
  return { rows, badLines };
}

interface Result {
  status: "Loaded" | "Partially loaded" | "Load failed";
  rows: number;
  lines: number;
  reason: string | undefined;
}

/** Writes the load history, and what Snowflake would show in COPY_HISTORY. */
async function remember({ session, name, pipe }: CopyRun, file: StagedFile, result: Result): Promise<void> {
  const { status, rows, lines, reason } = result;
  const [schema = "", table = ""] = pipe.target.key.toUpperCase().split(".");
  const [pipeSchema = "", pipeTable = ""] = name.toUpperCase().split(".");
  await session.run(`INSERT INTO sf.load_history VALUES (${literal(name)}, ${literal(file.name)});
    INSERT INTO account_usage.copy_history BY NAME SELECT
      ${literal(file.name)} AS file_name, ${literal(`${session.stage}/`)} AS stage_location,
      CAST(sf.sysdate() AS TIMESTAMP WITH TIME ZONE) AS last_load_time, ${rows} AS row_count, ${lines} AS row_parsed,
      ${file.bytes} AS file_size, ${reason === undefined ? "NULL" : literal(reason)} AS first_error_message,
      ${lines - rows} AS error_count, ${literal(status)} AS status, ${literal(schema)} AS table_schema_name,
      ${literal(table)} AS table_name, ${literal(pipeSchema)} AS pipe_schema_name, ${literal(pipeTable)} AS pipe_name,
      CAST(sf.sysdate() AS TIMESTAMP WITH TIME ZONE) AS pipe_received_time`);
}
