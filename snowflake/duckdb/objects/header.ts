import { Cursor } from "../translate/cursor.ts";
import type { Node } from "../translate/tree.ts";
import type { Creation } from "./table.ts";

export interface Header {
  creation: Creation;
  /** As in TABLE or ROW ACCESS POLICY. */
  kind: string;
  /** Stands at the name. */
  cursor: Cursor;
}

/** Longest first, where one begins as another does. */
const KINDS =
  `TABLE;VIEW;STREAM;FILE FORMAT;STAGE;PIPE;PROCEDURE;FUNCTION;TASK;ALERT;SCHEMA;DATABASE ROLE;DATABASE;ROLE;
  WAREHOUSE;RESOURCE MONITOR;STORAGE INTEGRATION;NOTIFICATION INTEGRATION;TAG;MASKING POLICY;ROW ACCESS POLICY;
  STORAGE LIFECYCLE POLICY`
    .split(";")
    .map((kind) => kind.trim().split(" "));

/** Who may do what, what it costs, and the way to S3: DuckDB has none of it. */
export const LEFT_OUT: ReadonlySet<string> = new Set([
  "DATABASE ROLE",
  "ROLE",
  "WAREHOUSE",
  "RESOURCE MONITOR",
  "STORAGE INTEGRATION",
  "NOTIFICATION INTEGRATION",
  "TAG",
  "MASKING POLICY",
  "ROW ACCESS POLICY",
  "STORAGE LIFECYCLE POLICY",
  "FILE FORMAT",
  "STAGE",
]);

/** Reads how a CREATE begins, up to the name. Throws a NotUnderstood on a kind of object that is not known. */
export function headerOf(nodes: readonly Node[]): Header {
  const cursor = new Cursor(nodes);
  cursor.expect("CREATE");
  const replaces = cursor.takes("OR", "REPLACE");
  const alters = !replaces && cursor.takes("OR", "ALTER");
  if (!cursor.takes("TRANSIENT")) cursor.takes("SECURE");
  const kind = kindAt(cursor);
  const absent = cursor.takes("IF", "NOT", "EXISTS");
  return {
    creation: replaces ? "OR REPLACE" : alters ? "OR ALTER" : absent ? "IF NOT EXISTS" : "CREATE",
    kind,
    cursor,
  };
}

/** Takes the kind of an object. */
export function kindAt(cursor: Cursor): string {
  const kind = KINDS.find((words) => cursor.takes(...words));
  if (kind === undefined) throw cursor.unknown("this kind of object");
  return kind.join(" ");
}
