/** Every statement that a Snowflake file may have: what is done, what is left out because DuckDB has no such thing, and no other. */
import type { Statement } from "../sql/statements.ts";
import { isChange } from "./dml.ts";
import { createAlert } from "./objects/alert.ts";
import { alter } from "./objects/alter.ts";
import { call, createProcedure, executeImmediate } from "./objects/call.ts";
import { createFunction } from "./objects/function.ts";
import { headerOf, kindAt, LEFT_OUT } from "./objects/header.ts";
import { createPipe } from "./objects/pipe.ts";
import { createStream } from "./objects/stream.ts";
import { createTable } from "./objects/table.ts";
import { createTask, taskNamed } from "./objects/task.ts";
import { createView } from "./objects/view.ts";
import type { Definition, Session } from "./session.ts";
import { begin, change, commit, rollback } from "./transaction.ts";
import { Cursor } from "./translate/cursor.ts";
import { translate } from "./translate/expression.ts";
import { keyOf, nameAt, nameSql } from "./translate/names.ts";
import type { Scope } from "./translate/scope.ts";
import { isKeyword, type Node, treeOf } from "./translate/tree.ts";

/** Runs one statement of a file. */
export async function execute(session: Session, statement: Statement, file: string): Promise<void> {
  const { text, line, number } = statement;
  await executeNodes(session, treeOf(statement.tokens), { text, file, line, statement: number });
}

/** Runs one statement; `definition` is where it was written, which CREATE keeps. */
export async function executeNodes(
  session: Session,
  nodes: readonly Node[],
  definition: Definition,
): Promise<void> {
  const scope = await session.scope();
  const cursor = new Cursor(nodes);
  if (isChange(nodes)) await change(session, nodes, scope);
  else if (isKeyword(nodes[0], "CREATE")) await create(session, nodes, scope, definition);
  else if (isKeyword(nodes[0], "CALL")) await call(session, nodes, scope);
  else if (isKeyword(nodes[0], "ALTER")) await alter(session, nodes, scope);
  else if (isKeyword(nodes[0], "SELECT", "WITH")) await session.rows(translate(nodes, scope));
  else if (cursor.takes("EXECUTE", "IMMEDIATE")) await executeImmediate(session, cursor);
  else if (cursor.takes("USE", "DATABASE"))
    await session.set("database", nameAt(cursor).join(".").toLowerCase());
  else if (cursor.takes("EXECUTE", "TASK")) await executeTask(session, cursor, scope, definition);
  else if (cursor.takes("DROP")) await drop(session, cursor, scope);
  else if (cursor.takes("BEGIN", "TRANSACTION")) await begin(session);
  else if (cursor.takes("COMMIT")) await commit(session);
  else if (cursor.takes("ROLLBACK")) await rollback(session);
  else if (!isKeyword(nodes[0], "USE", "GRANT", "REVOKE")) throw cursor.unknown("this kind of statement");
}

async function create(
  session: Session,
  nodes: readonly Node[],
  scope: Scope,
  definition: Definition,
): Promise<void> {
  const { creation, kind, cursor } = headerOf(nodes);
  if (LEFT_OUT.has(kind)) return;
  switch (kind) {
    case "DATABASE":
      return session.set("database", nameAt(cursor).join(".").toLowerCase());
    case "SCHEMA":
      await session.run(`CREATE SCHEMA IF NOT EXISTS ${nameSql(nameAt(cursor).slice(-1), scope)}`);
      return;
    case "TABLE":
      return createTable(session, creation, cursor, scope);
    case "VIEW":
      return createView(session, creation, cursor, scope);
    case "STREAM":
      return createStream(session, creation, cursor, scope);
    case "PIPE":
      return createPipe(session, creation, cursor, scope, definition);
    case "PROCEDURE":
      return createProcedure(session, cursor, scope, definition);
    case "FUNCTION":
      return createFunction(session, cursor, scope);
    case "TASK":
      return createTask(session, cursor, scope, definition);
    case "ALERT":
      return createAlert(session, cursor, scope, definition);
    default:
      throw cursor.unknown(`CREATE ${kind}`);
  }
}

async function drop(session: Session, cursor: Cursor, scope: Scope): Promise<void> {
  const kind = kindAt(cursor);
  if (LEFT_OUT.has(kind)) return;
  if (kind !== "TABLE" && kind !== "VIEW") throw cursor.unknown(`DROP ${kind}`);
  const exists = cursor.takes("IF", "EXISTS") ? "IF EXISTS " : "";
  await session.run(`DROP ${kind} ${exists}${nameSql(nameAt(cursor), scope)}`);
}

async function executeTask(
  session: Session,
  cursor: Cursor,
  scope: Scope,
  definition: Definition,
): Promise<void> {
  const { body } = await taskNamed(session, keyOf(nameAt(cursor), scope), scope);
  await executeNodes(session, body, definition);
}
