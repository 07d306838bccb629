import { contentOf, tokensOf } from "../../sql/lexer.ts";
import { type Definition, nodesOf, type Session } from "../session.ts";
import { Cursor } from "../translate/cursor.ts";
import { keyOf, nameAt } from "../translate/names.ts";
import type { Scope } from "../translate/scope.ts";
import { findKeyword, isGroup, isKeyword, type Node } from "../translate/tree.ts";
import { headerOf } from "./header.ts";
import { optionsAt } from "./options.ts";

export interface Task {
  name: string;
  /** Streams that it waits for; any one with data wakes it. None: it runs by a schedule. */
  streams: readonly string[];
  /** The statement that it runs. */
  body: readonly Node[];
}

export async function createTask(
  session: Session,
  cursor: Cursor,
  scope: Scope,
  definition: Definition,
): Promise<void> {
  const { name } = taskAt(cursor, scope);
  await session.remember("task", name, definition);
}

/** A task as it was remembered. Throws an Error where there is none. */
export async function taskNamed(session: Session, name: string, scope: Scope): Promise<Task> {
  const definition = await session.recall("task", name);
  if (definition === undefined) throw new Error(`there is no task ${name}`);
  return taskAt(headerOf(nodesOf(definition)).cursor, scope);
}

function taskAt(cursor: Cursor, scope: Scope): Task {
  const name = keyOf(nameAt(cursor), scope);
  optionsAt(cursor, "WHEN", "AS");
  const rest = cursor.rest();
  const as = findKeyword(rest, ["AS"]);
  const when = isKeyword(rest[0], "WHEN") ? rest.slice(1, as) : [];
  return { name, streams: streamsOf(new Cursor(when), scope), body: rest.slice(as + 1) };
}

/** `SYSTEM$STREAM_HAS_DATA('…') OR …`: of a task's conditions, the only ones that the harness knows. */
function streamsOf(cursor: Cursor, scope: Scope): string[] {
  const streams: string[] = [];
  while (!cursor.done) {
    if (streams.length > 0) cursor.expect("OR");
    cursor.expect("SYSTEM$STREAM_HAS_DATA");
    const [node] = cursor.expectGroup().items;
    if (node?.kind !== "string" || isGroup(node)) throw cursor.unknown("a stream that is not named");
    streams.push(keyOf(nameAt(new Cursor(tokensOf(contentOf(node)))), scope));
  }
  return streams;
}

/** Runs started tasks whose stream has data, until none has. Throws an Error where a task leaves its stream as it was. */
export async function runTasks(
  session: Session,
  execute: (nodes: readonly Node[]) => Promise<void>,
): Promise<void> {
  const scope = await session.scope();
  const tasks = await Promise.all(
    (await session.names("started")).map((name) => taskNamed(session, name, scope)),
  );
  for (let ran = true; ran; ) {
    ran = false;
    for (const task of tasks) {
      if ((await waiting(session, task)) === 0) continue;
      await execute(task.body);
      if ((await waiting(session, task)) > 0)
        throw new Error(`the task ${task.name} ran and did not read its stream`);
      ran = true;
    }
  }
}

async function waiting(session: Session, { streams }: Task): Promise<number> {
  let rows = 0;
  for (const stream of streams)
    rows += Number((await session.rows(`SELECT count(*) AS n FROM ${stream}`))[0]?.n);
  return rows;
}
