import { type EventFilter, keyOf, passes } from "../events/filter.ts";
import type { Showing } from "./gathering.ts";
import { MAX_FRAME_BYTES, MAX_FRAME_ITEMS } from "./limits.ts";

/** A frame's own text around its items, with room for its numbers. */
const FRAME_BYTES = 64;

const EVERYTHING = keyOf({});

/** What waits for the next frame of all sockets with the same filter: it is chosen and written once, however many they are. */
export class Pending {
  readonly filter: EventFilter;
  readonly #key: string;
  readonly #json: string[] = [];
  /** Of the items with their commas. */
  bytes = FRAME_BYTES;
  /** Events that did not fit, or never came here. */
  skipped = 0;

  constructor(filter: EventFilter) {
    this.filter = filter;
    this.#key = keyOf(filter);
  }

  get items(): number {
    return this.#json.length;
  }

  get isEmpty(): boolean {
    return this.items === 0 && this.skipped === 0;
  }

  /** Takes what passes the filter, as far as there is room. */
  add({ items, skipped }: Showing): void {
    for (const item of items) {
      if (!passes(this.filter, item)) continue;
      if (this.items >= MAX_FRAME_ITEMS || this.bytes + item.bytes + 1 > MAX_FRAME_BYTES) {
        this.skipped++;
      } else {
        this.#json.push(item.json);
        this.bytes += item.bytes + 1;
      }
    }
    // Where it was not looked for by itself, what was left out of everything may have been its own.
    this.skipped += skipped.get(this.#key) ?? skipped.get(EVERYTHING) ?? 0;
  }

  /** The items as a frame holds them. */
  text(): string {
    return this.#json.join(",");
  }
}

/** The text of a frame: `{"n":7,"items":[…],"skipped":12}`, the last only where events were left out. */
export function frameOf(n: number, items: string, skipped: number): string {
  return `{"n":${n},"items":[${items}]${skipped === 0 ? "" : `,"skipped":${skipped}`}}`;
}
