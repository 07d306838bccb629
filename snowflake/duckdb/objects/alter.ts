import type { Session } from "../session.ts";
import { Cursor } from "../translate/cursor.ts";
import { keyOf, nameAt } from "../translate/names.ts";
import type { Scope } from "../translate/scope.ts";
import { isKeyword, type Node } from "../translate/tree.ts";
import { kindAt, LEFT_OUT } from "./header.ts";

/** Policies and tags come to tables and views by ALTER, too. */
const GOVERNING = ["SET", "UNSET", "MODIFY", "ALTER", "ADD", "DROP"];

/** Starts and suspends tasks; leaves out what concerns neither rows nor loads. Throws a NotUnderstood on anything else. */
export async function alter(session: Session, nodes: readonly Node[], scope: Scope): Promise<void> {
  const cursor = new Cursor(nodes);
  cursor.expect("ALTER");
  if (cursor.takes("ACCOUNT") || cursor.takes("SESSION") || cursor.takes("USER")) return;
  const kind = kindAt(cursor);
  if (LEFT_OUT.has(kind) || kind === "DATABASE" || kind === "SCHEMA") return;
  cursor.takes("IF", "EXISTS");
  const name = keyOf(nameAt(cursor), scope);
  if (kind === "TASK" && cursor.takes("RESUME")) return session.remember("started", name, null);
  if (kind === "TASK" && cursor.takes("SUSPEND")) return session.forget("started", name);
  if (kind === "TASK" && cursor.takes("SET")) return; // how often it runs, and the like
  if (kind === "ALERT" && (cursor.takes("RESUME") || cursor.takes("SUSPEND"))) return;
  if ((kind === "TABLE" || kind === "VIEW") && isKeyword(cursor.peek(), ...GOVERNING) && isGoverned(cursor))
    return;
  if ((kind === "PROCEDURE" || kind === "FUNCTION") && cursor.takesGroup() && cursor.takes("SET")) return;
  throw cursor.unknown(`ALTER ${kind} like this`);
}

function isGoverned(cursor: Cursor): boolean {
  const rest = cursor.rest();
  return rest.some((node) => isKeyword(node, "POLICY", "TAG", "COMMENT", "POLICIES"));
}
