import { type EventFilter, keyOf, passes } from "../events/filter.ts";
import { type Candidate, candidatesOf, type Sighting, type TailItem } from "./items.ts";
import { GATHER_BYTES, GATHER_ITEMS } from "./limits.ts";

/** What the Worker brings to a tail. */
export interface Showing {
  items: TailItem[];
  /**
   * How many more there were that did not fit, by the key of the filter that asks for them: every filter that was looked for is here,
   * most often with 0.
   */
  skipped: Map<string, number>;
}

const EVERYTHING = keyOf({});

/** What is still wanted for one filter. */
interface Slot {
  key: string;
  filter: EventFilter;
  items: number;
  bytes: number;
}

/** What some requests bring to the tail of one game: a bounded part for each filter, so that a wide one leaves a narrow one its share. */
export class Gathering {
  readonly #slots = new Map<string, Slot>();
  readonly #items: TailItem[] = [];
  readonly #skipped: Map<string, number>;

  /** `missed` is what could not be brought before: `missed()` of the gathering that failed. */
  constructor(missed: ReadonlyMap<string, number> = new Map()) {
    this.#skipped = new Map(missed);
  }

  /** Takes of a request what is asked for, as far as there is room. */
  add(sighting: Sighting): void {
    const slots = sighting.watched.filters.map((filter) => this.#slotFor(filter));
    const { rejected, rejections, lengths } = sighting.parcel;
    if (slots.every((slot) => slot.key === EVERYTHING && isFull(slot))) {
      const { hidden, hiddenRejections } = sighting.watched;
      this.#skip(lengths.length - hidden.length + rejected - hiddenRejections.length, slots);
      return;
    }
    for (const candidate of candidatesOf(sighting)) this.#offer(candidate, slots);
    const unwritten = rejected - rejections.length;
    if (unwritten > 0)
      this.#skip(
        unwritten,
        slots.filter(({ filter }) => passes(filter, UNWRITTEN)),
      );
  }

  get isEmpty(): boolean {
    return this.#items.length === 0 && [...this.#skipped.values()].every((events) => events === 0);
  }

  /** All of it. */
  showing(): Showing {
    return { items: this.#items, skipped: this.#skipped };
  }

  /** How many events nobody sees where it cannot be brought, by the key of the filter that asks for them. */
  missed(): Map<string, number> {
    return new Map(
      [...this.#skipped].map(([key, events]) => [key, events + (this.#slots.get(key)?.items ?? 0)]),
    );
  }

  #offer(candidate: Candidate, slots: readonly Slot[]): void {
    const likely = slots.filter(({ filter }) => passes(filter, candidate));
    if (likely.length === 0) return;
    const isTypeAsked =
      candidate.type === undefined && likely.some(({ filter }) => filter.type !== undefined);
    if (!isTypeAsked && likely.every(isFull)) {
      this.#skip(1, likely);
      return;
    }
    const item = candidate.item();
    const sure = likely.filter(({ filter }) => passes(filter, item));
    if (sure.every(isFull)) {
      this.#skip(1, sure);
      return;
    }
    this.#items.push(item);
    for (const slot of sure) {
      slot.items++;
      slot.bytes += item.bytes;
    }
  }

  #skip(events: number, slots: readonly Slot[]): void {
    for (const { key } of slots) this.#skipped.set(key, (this.#skipped.get(key) ?? 0) + events);
  }

  #slotFor(filter: EventFilter): Slot {
    const key = keyOf(filter);
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const slot = { key, filter, items: 0, bytes: 0 };
    this.#slots.set(key, slot);
    this.#skip(0, [slot]);
    return slot;
  }
}

function isFull({ items, bytes }: Slot): boolean {
  return items >= GATHER_ITEMS || bytes >= GATHER_BYTES;
}

/** Rejected events beyond those that a request writes lines about: whose they were, nobody knows any more. */
const UNWRITTEN = { user: null, status: "rejected" } as const;
