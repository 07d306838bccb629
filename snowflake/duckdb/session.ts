import type { DuckDBConnection } from "@duckdb/node-api";
import { tokensOf } from "../sql/lexer.ts";
import type { Scope } from "./translate/scope.ts";
import { literal } from "./translate/text.ts";
import { type Node, treeOf } from "./translate/tree.ts";
import { type Row, toValue } from "./values.ts";

/** What the harness remembers of an object that DuckDB has no notion of, and where it was written. */
export interface Definition {
  text: string;
  file: string;
  line: number;
  statement: number;
}

export type Kind =
  | "stream"
  | "view over streams"
  | "pipe"
  | "procedure"
  | "function"
  | "task"
  | "started"
  | "alert";

/** A connection, and what is remembered beside DuckDB's own catalogue. */
export class Session {
  readonly connection: DuckDBConnection;
  /** The directory that stands for every stage's URL. */
  readonly stage: string;
  /** Streams that DML of the running transaction has read: its commit moves them on. */
  readonly streamsRead = new Set<string>();
  inTransaction = false;
  #scope: Scope | undefined;
  #objects: Map<string, Map<string, string>> | undefined;
  #settings: Map<string, string> | undefined;

  constructor(connection: DuckDBConnection, stage: string) {
    this.connection = connection;
    this.stage = stage;
  }

  /** Runs DuckDB's SQL; resolves to how many rows it inserted, updated or deleted. */
  async run(sql: string): Promise<number> {
    const result = await this.connection.run(sql);
    return result.rowsChanged;
  }

  /** Rows of a query in DuckDB's SQL. */
  async rows(sql: string): Promise<Row[]> {
    const reader = await this.connection.runAndReadAll(sql);
    const names = reader.deduplicatedColumnNames().map((name) => name.toLowerCase());
    const types = reader.columnTypes();
    return reader
      .getRows()
      .map((row) =>
        Object.fromEntries(
          row.map((value, index) => [names[index], toValue(value, types[index] ?? this.#noType())]),
        ),
      );
  }

  #noType(): never {
    throw new TypeError("a column without a type");
  }

  /** Names as they are outside of procedures. */
  async scope(): Promise<Scope> {
    this.#scope ??= {
      database: await this.setting("database"),
      variables: new Map(),
      bareVariables: false,
      functions: new Set((await this.names("function")).values()),
      words: new Map(),
      paths: undefined,
    };
    return this.#scope;
  }

  /** A setting of the file; nothing where it has none. */
  async setting(key: string): Promise<string | undefined> {
    this.#settings ??= await this.#readSettings();
    return this.#settings.get(key);
  }

  async set(key: string, value: string): Promise<void> {
    if ((await this.setting(key)) === value) return;
    await this.run(`INSERT OR REPLACE INTO sf.settings VALUES (${literal(key)}, ${literal(value)})`);
    this.#settings?.set(key, value);
    this.#scope = undefined;
  }

  async remember(kind: Kind, name: string, definition: unknown): Promise<void> {
    const text = JSON.stringify(definition);
    const objects = await this.#all(kind);
    if (objects.get(name) === text) return;
    await this.run(
      `INSERT OR REPLACE INTO sf.objects VALUES (${[kind, name, text].map(literal).join(", ")})`,
    );
    objects.set(name, text);
    this.#scope = undefined;
  }

  async forget(kind: Kind, name: string): Promise<void> {
    const objects = await this.#all(kind);
    if (!objects.has(name)) return;
    await this.run(`DELETE FROM sf.objects WHERE kind = ${literal(kind)} AND name = ${literal(name)}`);
    objects.delete(name);
  }

  /** Names of all objects of a kind, in order. */
  async names(kind: Kind): Promise<string[]> {
    return [...(await this.#all(kind)).keys()].sort();
  }

  /** What was remembered; nothing where there is no such object. */
  async recall<T = Definition>(kind: Kind, name: string): Promise<T | undefined> {
    const definition = (await this.#all(kind)).get(name);
    return definition === undefined ? undefined : JSON.parse(definition);
  }

  /** What was read of the database before may no longer be so: a transaction was rolled back. */
  refresh(): void {
    this.#objects = undefined;
    this.#settings = undefined;
    this.#scope = undefined;
  }

  async #all(kind: Kind): Promise<Map<string, string>> {
    this.#objects ??= await this.#readObjects();
    const objects = this.#objects.get(kind) ?? new Map<string, string>();
    this.#objects.set(kind, objects);
    return objects;
  }

  async #readObjects(): Promise<Map<string, Map<string, string>>> {
    const objects = new Map<string, Map<string, string>>();
    for (const row of await this.rows("SELECT kind, name, definition FROM sf.objects")) {
      const ofKind = objects.get(String(row.kind)) ?? new Map<string, string>();
      objects.set(String(row.kind), ofKind.set(String(row.name), String(row.definition)));
    }
    return objects;
  }

  async #readSettings(): Promise<Map<string, string>> {
    const rows = await this.rows("SELECT key, value FROM sf.settings");
    return new Map(rows.map(({ key, value }) => [String(key), String(value)]));
  }
}

/** The statement of a definition, its lines those of its file. */
export function nodesOf({ text, line }: Pick<Definition, "text" | "line">): Node[] {
  return treeOf(tokensOf(text).map((token) => ({ ...token, line: token.line + line - 1 })));
}
