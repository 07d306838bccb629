import { type Definition, nodesOf, type Session } from "../session.ts";
import type { Cursor } from "../translate/cursor.ts";
import { Cursor as Inner } from "../translate/cursor.ts";
import { translate } from "../translate/expression.ts";
import { keyOf, nameAt } from "../translate/names.ts";
import type { Scope } from "../translate/scope.ts";
import { headerOf } from "./header.ts";
import { optionsAt } from "./options.ts";

export async function createAlert(
  session: Session,
  cursor: Cursor,
  scope: Scope,
  definition: Definition,
): Promise<void> {
  const { name, query } = alertAt(cursor, scope);
  // That its condition can be asked: as a view it is bound, but neither planned nor run.
  await session.run(`CREATE OR REPLACE TEMP VIEW alert_condition AS ${query}`);
  await session.remember("alert", name, definition);
}

function alertAt(cursor: Cursor, scope: Scope): { name: string; query: string } {
  const name = keyOf(nameAt(cursor), scope);
  optionsAt(cursor, "IF");
  cursor.expect("IF");
  const condition = new Inner(cursor.expectGroup().items);
  condition.expect("EXISTS");
  return { name, query: translate(condition.expectGroup().items, scope) };
}

/** The alerts whose condition holds now, started or not. */
export async function firingAlerts(session: Session): Promise<string[]> {
  const scope = await session.scope();
  const firing: string[] = [];
  for (const name of await session.names("alert")) {
    const definition = await session.recall("alert", name);
    if (definition === undefined) continue;
    const { query } = alertAt(headerOf(nodesOf(definition)).cursor, scope);
    const [row] = await session.rows(`SELECT EXISTS (${query}) AS fires`);
    if (row?.fires === true) firing.push(name);
  }
  return firing;
}
