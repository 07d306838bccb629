import type { Cursor } from "./cursor.ts";
import { Cursor as Inner } from "./cursor.ts";
import { operandAt, translate } from "./expression.ts";
import { type Call, FUNCTIONS } from "./functions.ts";
import { keyOf, type Name, nameSql } from "./names.ts";
import { NotUnderstood } from "./not-understood.ts";
import type { Scope } from "./scope.ts";
import { findKeyword, isKeyword, type Node, splitAtCommas } from "./tree.ts";

/** A call, from its parenthesis on, with WITHIN GROUP, IGNORE NULLS and OVER. Throws a NotUnderstood on a function that is not listed. */
export function callOf(name: Name, cursor: Cursor, scope: Scope): string {
  const line = cursor.line;
  const { items } = cursor.expectGroup();
  if (name.length > 1) return ownFunction(name, items, scope, line);
  const function_ = name.join(".").toUpperCase();
  const rule = Object.hasOwn(FUNCTIONS, function_) ? FUNCTIONS[function_] : undefined;
  if (rule === undefined) throw new NotUnderstood(`the function ${function_}`, line);

  const distinct = isKeyword(items[0], "DISTINCT");
  const parts = splitAtCommas(distinct ? items.slice(1) : items);
  if (rule.aggregate !== true && rule.window !== true && distinct)
    throw new NotUnderstood(`${function_}(DISTINCT)`, line);
  const [least, most] = rule.count;
  if (parts.length < least || parts.length > most)
    throw new NotUnderstood(`${function_} with ${parts.length} arguments`, line);
  const call: Call = {
    function: function_,
    nodes: parts,
    args: parts.map((part) => argument(part, scope, rule.variant === true, function_)),
    distinct,
    order: withinGroupAt(cursor, scope),
    ignoreNulls: ignoreNullsAt(cursor),
    unknown: (what) => new NotUnderstood(`${function_} with ${what}`, line),
  };
  if (call.order !== undefined && rule.ordered !== true) throw call.unknown("WITHIN GROUP");
  if (call.ignoreNulls && rule.window !== true) throw call.unknown("IGNORE NULLS");
  if (!isKeyword(cursor.peek(), "OVER")) {
    if (rule.window === true) throw call.unknown("no OVER");
    return rule.emit(call);
  }
  if (rule.window !== true && rule.aggregate !== true) throw call.unknown("OVER");
  cursor.next();
  const over = windowOf(cursor.expectGroup().items, scope, rule.wholePartition === true);
  return rule.emitOver ? rule.emitOver(call, over) : `${rule.emit(call)} OVER (${over})`;
}

function ownFunction(name: Name, items: readonly Node[], scope: Scope, line: number): string {
  const key = keyOf(name, scope);
  if (!scope.functions.has(key)) throw new NotUnderstood(`the function ${name.join(".")}`, line);
  return `${nameSql(key.split("."), scope)}(${translate(items, scope)})`;
}

/** An argument; an uncast path only where the function takes a VARIANT as it is. */
function argument(nodes: readonly Node[], scope: Scope, takesVariant: boolean, function_: string): string {
  if (!takesVariant) {
    const inner = new Inner(nodes);
    if (operandAt(inner, scope)?.path !== undefined && inner.done)
      throw inner.unknown(`a path without a cast in ${function_}`);
  }
  return translate(nodes, scope);
}

function withinGroupAt(cursor: Cursor, scope: Scope): string | undefined {
  if (!cursor.takes("WITHIN", "GROUP")) return undefined;
  const inner = new Inner(cursor.expectGroup().items);
  inner.expect("ORDER", "BY");
  return translate(inner.rest(), scope);
}

function ignoreNullsAt(cursor: Cursor): boolean {
  if (cursor.takes("IGNORE", "NULLS")) return true;
  cursor.takes("RESPECT", "NULLS");
  return false;
}

const WHOLE_PARTITION = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";

/** What stands in OVER (…). Without a frame, FIRST_VALUE and its like see the whole partition in Snowflake; in DuckDB what is before. */
function windowOf(items: readonly Node[], scope: Scope, wholePartition: boolean): string {
  const frame = frameOf(items);
  const rest = translate(items.slice(0, frame), scope);
  if (frame < items.length) return `${rest} ${frameSql(items.slice(frame))}`;
  return wholePartition ? `${rest} ${WHOLE_PARTITION}` : rest;
}

function frameOf(items: readonly Node[]): number {
  for (let at = 0; at >= 0 && at < items.length; at++) {
    at = findKeyword(items, ["ROWS", "RANGE"], at);
    if (at < 0) break;
    if (isKeyword(items[at + 1], "BETWEEN", "UNBOUNDED", "CURRENT") || items[at + 1]?.kind === "number")
      return at;
  }
  return items.length;
}

const FRAME_WORDS = [
  "ROWS",
  "RANGE",
  "BETWEEN",
  "UNBOUNDED",
  "PRECEDING",
  "FOLLOWING",
  "AND",
  "CURRENT",
  "ROW",
];

function frameSql(items: readonly Node[]): string {
  return items
    .map((item) => {
      if (item.kind === "number" || isKeyword(item, ...FRAME_WORDS))
        return item.kind === "group" ? "" : item.text;
      throw new NotUnderstood("a window frame like this", item.line);
    })
    .join(" ");
}
