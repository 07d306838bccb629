/** Lines about rejected events a minute that a key may cause: plenty to see what is wrong, too few to flood a warehouse. */
const LINES_PER_KEY = 100;
/** The same for a queue: every player token is a key of its own. */
const LINES_PER_QUEUE = 1_000;

const MINUTE_MS = 60_000;

/** Bounds how many lines about rejected events a queue delivers. Lives in memory alone: an eviction makes it forget a minute at most. */
export class RejectionBound {
  #minute = 0;
  #lines = 0;
  readonly #linesOf = new Map<string, number>();

  /** How many of `wanted` lines a key may still cause in this minute; they are counted as used. */
  admit(key: string, wanted: number, now: number): number {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#lines = 0;
      this.#linesOf.clear();
    }
    const used = this.#linesOf.get(key) ?? 0;
    const admitted = Math.max(0, Math.min(wanted, LINES_PER_KEY - used, LINES_PER_QUEUE - this.#lines));
    this.#linesOf.set(key, used + admitted);
    this.#lines += admitted;
    return admitted;
  }
}
