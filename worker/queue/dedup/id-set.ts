import { ID_BYTES } from "../../events/ids.ts";
import { IdHash, randomHashKey } from "./hash.ts";

/** Words of an id. */
export const WORDS = ID_BYTES / 4;

/** Beyond this part of its slots in use, a set doubles. */
const MAX_LOAD = 0.7;

/**
 * A set of exact 16-byte ids in one flat array, open addressing with linear probing: 23–46 bytes an id, where a `Set` of
 * strings takes over a hundred. Ids are given as four words at an offset, so that none is ever made into an object.
 */
export class IdSet {
  #slots = new Uint32Array(WORDS * 64);
  #size = 0;
  readonly #hash: IdHash;
  /** The nil UUID would look like an empty slot. */
  #hasNil = false;

  constructor(hash = new IdHash(randomHashKey())) {
    this.#hash = hash;
  }

  /** How many ids it holds. */
  get size(): number {
    return this.#size + Number(this.#hasNil);
  }

  has(words: Uint32Array, at: number): boolean {
    if (isNil(words, at)) return this.#hasNil;
    return !isNil(this.#slots, this.#slotOf(words, at));
  }

  /** Adds an id and says whether it is new. */
  add(words: Uint32Array, at: number): boolean {
    if (isNil(words, at)) {
      const isNew = !this.#hasNil;
      this.#hasNil = true;
      return isNew;
    }
    const slot = this.#slotOf(words, at);
    if (!isNil(this.#slots, slot)) return false;
    copy(words, at, this.#slots, slot);
    this.#size++;
    if (this.#size > (this.#slots.length / WORDS) * MAX_LOAD) this.#grow();
    return true;
  }

  /** All of its ids, end to end. */
  toWords(): Uint32Array {
    const words = new Uint32Array(this.size * WORDS);
    // The nil UUID, where it belongs to them, is what the last four words are left as.
    let end = 0;
    for (let slot = 0; slot < this.#slots.length; slot += WORDS) {
      if (isNil(this.#slots, slot)) continue;
      copy(this.#slots, slot, words, end);
      end += WORDS;
    }
    return words;
  }

  /** Where the id is, or the empty slot where it would go. */
  #slotOf(words: Uint32Array, at: number): number {
    const slots = this.#slots;
    const mask = slots.length / WORDS - 1;
    for (let i = this.#hash.of(words, at) & mask; ; i = (i + 1) & mask) {
      const slot = i * WORDS;
      if (isSame(slots, slot, words, at) || isNil(slots, slot)) return slot;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let slot = 0; slot < old.length; slot += WORDS) {
      if (!isNil(old, slot)) copy(old, slot, this.#slots, this.#slotOf(old, slot));
    }
  }
}

/** The words of packed ids; copied where they do not lie on a word's boundary. */
export function wordsOf(ids: Uint8Array): Uint32Array {
  const aligned = ids.byteOffset % 4 === 0 ? ids : ids.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

function isNil(words: Uint32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0;
}

export function isSame(a: Uint32Array, atA: number, b: Uint32Array, atB: number): boolean {
  return (
    a[atA] === b[atB] && a[atA + 1] === b[atB + 1] && a[atA + 2] === b[atB + 2] && a[atA + 3] === b[atB + 3]
  );
}

export function copy(from: Uint32Array, atFrom: number, to: Uint32Array, atTo: number): void {
  for (let i = 0; i < WORDS; i++) to[atTo + i] = from[atFrom + i] as number;
}
