import { closingOf, isSymbol, isWord, type Token } from "../../sql/lexer.ts";
import { NotUnderstood } from "./not-understood.ts";

/** What stands between two parentheses or brackets. */
export interface Group {
  kind: "group";
  open: "(" | "[";
  items: readonly Node[];
  line: number;
  /** Where it begins and ends in the text. */
  start: number;
  end: number;
}

/** A token, or all that a pair of parentheses encloses. */
export type Node = Token | Group;

/** Folds tokens into groups. Throws a SyntaxError where a parenthesis is not closed, a NotUnderstood at a brace. */
export function treeOf(tokens: readonly Token[]): Node[] {
  const nodes: Node[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === undefined) break;
    if (isSymbol(token, "{") || isSymbol(token, "}")) throw new NotUnderstood("a brace", token.line);
    if (isSymbol(token, ")") || isSymbol(token, "]"))
      throw new SyntaxError(`line ${token.line}: ${token.text} closes nothing`);
    if (isSymbol(token, "(") || isSymbol(token, "[")) {
      const close = isSymbol(token, "(") ? closingOf(tokens, index) : closingBracketOf(tokens, index);
      nodes.push({
        kind: "group",
        open: isSymbol(token, "(") ? "(" : "[",
        items: treeOf(tokens.slice(index + 1, close)),
        line: token.line,
        start: token.start,
        end: tokens[close]?.end ?? token.end,
      });
      index = close;
    } else nodes.push(token);
  }
  return nodes;
}

function closingBracketOf(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    if (isSymbol(tokens[index], "[")) depth++;
    if (isSymbol(tokens[index], "]") && --depth === 0) return index;
  }
  throw new SyntaxError(`line ${tokens[open]?.line}: a bracket is not closed`);
}

export function isGroup(node: Node | undefined, open: "(" | "[" = "("): node is Group {
  return node?.kind === "group" && node.open === open;
}

/** Whether a node is this keyword. */
export function isKeyword(node: Node | undefined, ...words: readonly string[]): boolean {
  return node !== undefined && node.kind !== "group" && words.some((word) => isWord(node, word));
}

export function isPunctuation(node: Node | undefined, symbol: string): boolean {
  return node !== undefined && node.kind !== "group" && isSymbol(node, symbol);
}

/** Cuts at the commas of this level. Nothing gives no parts. */
export function splitAtCommas(nodes: readonly Node[]): Node[][] {
  if (nodes.length === 0) return [];
  const parts: Node[][] = [[]];
  for (const node of nodes) {
    if (isPunctuation(node, ",")) parts.push([]);
    else parts.at(-1)?.push(node);
  }
  return parts;
}

/** The place of the first of these keywords on this level, not within CASE … END; -1 where there is none. */
export function findKeyword(nodes: readonly Node[], words: readonly string[], from = 0): number {
  let cases = 0;
  for (let index = from; index < nodes.length; index++) {
    const node = nodes[index];
    if (isKeyword(node, "CASE")) cases++;
    else if (cases > 0 && isKeyword(node, "END")) cases--;
    else if (cases === 0 && isKeyword(node, ...words)) return index;
  }
  return -1;
}
