/** Bits an id at the least. A full part has 16: then one strange id in 730 looks known; with 14 it is one in 380. */
const MIN_BITS_PER_ID = 14;

/** A block is 256 bits, so that a look-up stays within one line of the processor's cache: eight words, a bit of each. */
const BLOCK_WORDS = 8;

/** Half of the platform's bound on a blob: https://developers.cloudflare.com/durable-objects/platform/limits/ */
const MAX_FILTER_BYTES = 1_048_576;

/** One odd multiplier a word: the product's first five bits choose its bit. The constants are those of Parquet's filter. */
const MULTIPLIERS = [
  0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
] as const;

/** The bits that one id sets in its block, worked out once for however many filters it is looked up in. */
export type IdBits = Uint32Array;

/** Works out an id's bits from its hash, into `bits`. */
export function spread(hash: number, bits: IdBits): void {
  for (let i = 0; i < BLOCK_WORDS; i++) bits[i] = 1 << (Math.imul(hash, MULTIPLIERS[i] as number) >>> 27);
}

/** Room for the bits of one id. */
export function newBits(): IdBits {
  return new Uint32Array(BLOCK_WORDS);
}

/**
 * What a set of ids leaves of itself in memory, two bytes an id: asked for one, it says "no" and is right, or "perhaps". A
 * Bloom filter in blocks, as Parquet has it: https://parquet.apache.org/docs/file-format/bloomfilter/
 */
export class Filter {
  readonly #words: Uint32Array;
  readonly #blockMask: number;

  /** Takes a filter as it was stored: its words, which are a power of two. */
  constructor(words: Uint32Array) {
    this.#words = words;
    this.#blockMask = words.length / BLOCK_WORDS - 1;
  }

  /** A filter for as many ids as there are hashes. Too many of them for its bound cost it precision, never an id. */
  static of(hashes: Uint32Array): Filter {
    let bytes = BLOCK_WORDS * 4;
    while (bytes * 8 < hashes.length * MIN_BITS_PER_ID && bytes < MAX_FILTER_BYTES) bytes *= 2;
    const filter = new Filter(new Uint32Array(bytes / 4));
    const bits = newBits();
    for (const hash of hashes) {
      spread(hash, bits);
      filter.#add(hash, bits);
    }
    return filter;
  }

  /** What is stored of it, and all that it holds in memory. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#words.buffer, this.#words.byteOffset, this.#words.byteLength);
  }

  #add(hash: number, bits: IdBits): void {
    const block = (hash & this.#blockMask) * BLOCK_WORDS;
    for (let i = 0; i < BLOCK_WORDS; i++) {
      this.#words[block + i] = (this.#words[block + i] as number) | (bits[i] as number);
    }
  }

  /**
   * Whether the id of this hash may be in the set. All eight words are looked at, and one decision is made: an early end could
   * not be foretold by the processor, which would then wait for the memory of one filter after the other.
   */
  mayHave(hash: number, bits: IdBits): boolean {
    const words = this.#words;
    const block = (hash & this.#blockMask) * BLOCK_WORDS;
    const missing =
      lacking(words, block, bits, 0) |
      lacking(words, block, bits, 1) |
      lacking(words, block, bits, 2) |
      lacking(words, block, bits, 3) |
      lacking(words, block, bits, 4) |
      lacking(words, block, bits, 5) |
      lacking(words, block, bits, 6) |
      lacking(words, block, bits, 7);
    return missing === 0;
  }
}

/**
 * Which bits of word `i` are set in `bits` and not in the block. No closure in `mayHave`, though it would read better: the
 * bundler names every closure as it is made, which takes ten times as long as the look-up.
 */
function lacking(words: Uint32Array, block: number, bits: IdBits, i: number): number {
  return ~(words[block + i] as number) & (bits[i] as number);
}
