/**
 * Transactions, and streams within them. A stream is a table of the rows that its table got since it was last read: what is inserted into
 * the table is inserted there too, and what a transaction has read of it is gone with its commit. A row that is deleted from
 * the table stays in the stream: it is append-only (https://docs.snowflake.com/en/user-guide/streams-intro#types-of-streams).
 */
import { namesIn, translateChange } from "./dml.ts";
import type { Session } from "./session.ts";
import type { Scope } from "./translate/scope.ts";
import type { Node } from "./translate/tree.ts";

export async function begin(session: Session): Promise<void> {
  await session.run("BEGIN TRANSACTION");
  session.inTransaction = true;
  session.streamsRead.clear();
}

export async function commit(session: Session): Promise<void> {
  for (const stream of session.streamsRead) await session.run(`DELETE FROM ${stream}`);
  session.inTransaction = false; // also where the COMMIT fails: DuckDB has then rolled back
  await session.run("COMMIT");
}

/** Nothing where no transaction is open. */
export async function rollback(session: Session): Promise<void> {
  if (!session.inTransaction) return;
  await session.run("ROLLBACK");
  session.inTransaction = false;
  session.refresh();
}

/** Does all of `work` or nothing of it; within a transaction, as a part of it. */
export async function atomically<T>(session: Session, work: () => Promise<T>): Promise<T> {
  if (session.inTransaction) return work();
  await begin(session);
  try {
    const result = await work();
    await commit(session);
    return result;
  } catch (error) {
    await rollback(session);
    throw error;
  }
}

/** Runs an INSERT, UPDATE, DELETE or MERGE of Snowflake; resolves to how many rows it changed. */
export async function change(session: Session, nodes: readonly Node[], scope: Scope): Promise<number> {
  const { sql, target, inserts, ambiguity } = translateChange(nodes, scope);
  if (ambiguity !== undefined && (await session.rows(ambiguity)).length > 0)
    throw new Error(`several rows of the source would update the same row of ${target}`);
  const read = await streamsRead(session, nodes, scope);
  const fed = inserts ? await streamsOn(session, target) : [];
  if (read.length === 0 && fed.length === 0) return session.run(sql);
  return atomically(session, async () => {
    for (const stream of read) session.streamsRead.add(stream);
    return feeding(session, target, fed, () => session.run(sql));
  });
}

/** Does `work`, which inserts into `table`, and gives its new rows to the table's streams. */
export async function feeding(
  session: Session,
  table: string,
  streams: readonly string[],
  work: () => Promise<number>,
): Promise<number> {
  const [last] =
    streams.length > 0 ? await session.rows(`SELECT coalesce(max(rowid), -1) AS id FROM ${table}`) : [];
  const rows = await work();
  for (const stream of streams)
    await session.run(`INSERT INTO ${stream} BY NAME SELECT * FROM ${table} WHERE rowid > ${last?.id}`);
  return rows;
}

/** The streams on a table. */
export async function streamsOn(session: Session, table: string): Promise<string[]> {
  const streams: string[] = [];
  for (const stream of await session.names("stream"))
    if ((await session.recall<string>("stream", stream)) === table) streams.push(stream);
  return streams;
}

/** The streams that a statement reads, itself or through a view. */
export async function streamsRead(session: Session, nodes: readonly Node[], scope: Scope): Promise<string[]> {
  const names = namesIn(nodes, scope);
  const streams = new Set((await session.names("stream")).filter((stream) => names.has(stream)));
  for (const view of await session.names("view over streams"))
    if (names.has(view))
      for (const stream of (await session.recall<string[]>("view over streams", view)) ?? [])
        streams.add(stream);
  return [...streams];
}
