/** What is counted under its fields, and how often. */
export interface Ranked<Fields> {
  fields: Fields;
  count: number;
  /** One of what was counted; empty: none is kept. */
  example: string;
}

/**
 * Counts under keys that strangers choose: never more than `max` of them. Where there are more, the quarter that was seen least is
 * forgotten: a count is never too high, and what comes often stays.
 */
export class Ranking<Fields extends Record<string, string>> {
  readonly #max: number;
  readonly #ranked = new Map<string, Ranked<Fields>>();

  constructor(max: number, ranked: readonly Ranked<Fields>[] = []) {
    this.#max = max;
    for (const { fields, count, example } of ranked) this.add(fields, count, example);
  }

  add(fields: Fields, count: number, example = ""): void {
    const key = keyOf(fields);
    const known = this.#ranked.get(key);
    if (known === undefined) this.#ranked.set(key, { fields, count, example });
    else {
      known.count += count;
      known.example ||= example;
    }
    if (this.#ranked.size > this.#max) this.#forget();
  }

  /** The most frequent first; among equals as their keys are in order. */
  top(count = this.#max): Ranked<Fields>[] {
    return [...this.#ranked]
      .sort(([a, { count: countA }], [b, { count: countB }]) =>
        countA === countB ? (a < b ? -1 : 1) : countB - countA,
      )
      .slice(0, count)
      .map(([, ranked]) => ranked);
  }

  /** Forgets every example, and keeps the counts. */
  dropExamples(): void {
    for (const ranked of this.#ranked.values()) ranked.example = "";
  }

  #forget(): void {
    const rarest = [...this.#ranked].sort(([, a], [, b]) => b.count - a.count).slice(this.#max * 0.75);
    for (const [key] of rarest) this.#ranked.delete(key);
  }
}

/** Whoever counts names the fields in the same order each time. */
function keyOf(fields: Record<string, string>): string {
  return Object.values(fields).join("\0");
}
