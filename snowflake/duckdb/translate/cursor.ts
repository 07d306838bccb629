import { NotUnderstood } from "./not-understood.ts";
import { type Group, isGroup, isKeyword, isPunctuation, type Node } from "./tree.ts";

/** Walks over nodes of one level. */
export class Cursor {
  readonly #nodes: readonly Node[];
  #at = 0;

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  get done(): boolean {
    return this.#at >= this.#nodes.length;
  }

  /** The line of what comes next, or of the last node. */
  get line(): number {
    return (this.peek() ?? this.#nodes.at(-1))?.line ?? 0;
  }

  peek(ahead = 0): Node | undefined {
    return this.#nodes[this.#at + ahead];
  }

  /** Throws a NotUnderstood at the end. */
  next(): Node {
    const node = this.#nodes[this.#at++];
    if (node === undefined) throw this.unknown("a statement that ends here");
    return node;
  }

  /** All that is left. */
  rest(): readonly Node[] {
    const rest = this.#nodes.slice(this.#at);
    this.#at = this.#nodes.length;
    return rest;
  }

  /** Takes these keywords if all of them come next. */
  takes(...words: readonly string[]): boolean {
    if (!words.every((word, index) => isKeyword(this.peek(index), word))) return false;
    this.#at += words.length;
    return true;
  }

  takesSymbol(symbol: string): boolean {
    if (!isPunctuation(this.peek(), symbol)) return false;
    this.#at++;
    return true;
  }

  takesGroup(open: "(" | "[" = "("): Group | undefined {
    const node = this.peek();
    if (!isGroup(node, open)) return undefined;
    this.#at++;
    return node;
  }

  /** Throws a NotUnderstood unless these keywords come next. */
  expect(...words: readonly string[]): void {
    if (!this.takes(...words)) throw this.unknown(`"${this.#textHere()}" where ${words.join(" ")} stands`);
  }

  expectSymbol(symbol: string): void {
    if (!this.takesSymbol(symbol)) throw this.unknown(`"${this.#textHere()}" where ${symbol} stands`);
  }

  expectGroup(): Group {
    const group = this.takesGroup();
    if (group === undefined) throw this.unknown(`"${this.#textHere()}" where a parenthesis stands`);
    return group;
  }

  expectEnd(): void {
    if (!this.done) throw this.unknown(`"${this.#textHere()}" here`);
  }

  unknown(what: string): NotUnderstood {
    return new NotUnderstood(what, this.line);
  }

  #textHere(): string {
    const node = this.peek();
    return node === undefined ? "the end" : node.kind === "group" ? node.open : node.text;
  }
}
