/** A queue's database, which counts the rows that are written to it: they are the dearest part of running a collector. */
export class Sql {
  readonly #storage: DurableObjectStorage;
  #rowsWritten = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Runs several writes as one: all of them happen, or none. */
  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }

  /** All rows that a query finds. */
  rows<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: unknown[]): Row[] {
    return this.#storage.sql.exec<Row>(query, ...bindings).toArray();
  }

  /** The same, read as they are asked for: to be used up before anything else is awaited or written. */
  each<Row extends Record<string, SqlStorageValue>>(
    query: string,
    ...bindings: unknown[]
  ): SqlStorageCursor<Row> {
    return this.#storage.sql.exec<Row>(query, ...bindings);
  }

  write(query: string, ...bindings: unknown[]): void {
    this.#rowsWritten += this.#storage.sql.exec(query, ...bindings).rowsWritten;
  }

  /** Rows written since this was last asked. */
  takeRowsWritten(): number {
    const rows = this.#rowsWritten;
    this.#rowsWritten = 0;
    return rows;
  }
}
