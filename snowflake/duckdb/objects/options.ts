import { contentOf } from "../../sql/lexer.ts";
import type { Cursor } from "../translate/cursor.ts";
import type { Node } from "../translate/tree.ts";
import { isGroup, isKeyword, isPunctuation } from "../translate/tree.ts";

/**
 * Reads `NAME = value …` and what a table or a view is governed by (policies, tags, clustering), up to the end or to one of the
 * words. Values by name, in upper case; of what is governed DuckDB knows nothing, and nothing is kept.
 */
export function optionsAt(cursor: Cursor, ...until: string[]): Map<string, readonly Node[]> {
  const options = new Map<string, readonly Node[]>();
  while (!cursor.done && !isKeyword(cursor.peek(), ...until)) {
    if (governanceAt(cursor)) continue;
    const name = cursor.next();
    if (name.kind !== "word") throw cursor.unknown("an option like this");
    cursor.expectSymbol("=");
    const value = [cursor.next()];
    while (isPunctuation(cursor.peek(), ".") || isPunctuation(cursor.peek(), ","))
      value.push(cursor.next(), cursor.next());
    options.set(name.text.toUpperCase(), value);
  }
  return options;
}

/** Takes a policy, tags, clustering or COPY GRANTS. */
export function governanceAt(cursor: Cursor): boolean {
  if (cursor.takes("COPY", "GRANTS")) return true;
  if (cursor.takes("CLUSTER", "BY")) return cursor.expectGroup().open === "(";
  cursor.takes("WITH");
  if (cursor.takes("TAG")) return cursor.expectGroup().open === "(";
  const policy = ["ROW", "MASKING", "AGGREGATION", "PROJECTION"].find((kind) =>
    isKeyword(cursor.peek(), kind),
  );
  if (policy === undefined) return false;
  cursor.next();
  cursor.takes("ACCESS");
  if (!cursor.takes("POLICY")) throw cursor.unknown("a policy like this");
  while (
    !cursor.done &&
    !isKeyword(cursor.peek(), "ON", "USING", "AS", "COMMENT", "WITH", "NOT") &&
    !isGroup(cursor.peek())
  )
    cursor.next();
  if (isKeyword(cursor.peek(), "ON", "USING")) {
    cursor.next();
    cursor.expectGroup();
  }
  return true;
}

/** The text of a COMMENT = '…'. */
export function commentOf(options: ReadonlyMap<string, readonly Node[]>): string | undefined {
  const node = options.get("COMMENT")?.[0];
  return node?.kind === "string" ? contentOf(node) : undefined;
}

/** Takes COMMENT '…'. */
export function commentAt(cursor: Cursor): string | undefined {
  if (!cursor.takes("COMMENT")) return undefined;
  cursor.takesSymbol("=");
  const node = cursor.next();
  if (node.kind !== "string") throw cursor.unknown("a comment that is no string");
  return contentOf(node);
}
