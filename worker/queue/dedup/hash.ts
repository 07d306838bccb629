/** Bytes of the key that a hash is salted with. */
export const HASH_KEY_BYTES = 8;

/**
 * A keyed 32-bit hash of 16-byte ids: HalfSipHash-1-3, which is made of 32-bit steps alone. Whoever chooses ids and does not
 * know the key can neither make them collide nor crowd them into one place; a merely salted mix, such as murmur's, has
 * collisions that no salt undoes. (An input's length is left out: it is always the same.)
 * https://github.com/veorq/SipHash
 */
export class IdHash {
  readonly #key: readonly [number, number];

  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, HASH_KEY_BYTES);
    this.#key = [view.getInt32(0, true), view.getInt32(4, true)];
  }

  /** The hash of the four words at `at`, as an unsigned number. */
  of(words: Uint32Array, at: number): number {
    const [k0, k1] = this.#key;
    let v0 = k0;
    let v1 = k1;
    let v2 = k0 ^ 0x6c796765;
    let v3 = k1 ^ 0x74656462;
    // Four rounds take in the words, three finish.
    for (let round = 0; round < 7; round++) {
      const word = round < 4 ? (words[at + round] as number) : 0;
      if (round === 4) v2 ^= 0xff;
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = rotated(v1, 5) ^ v0;
      v0 = rotated(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = rotated(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = rotated(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = rotated(v1, 13) ^ v2;
      v2 = rotated(v2, 16);
      v0 ^= word;
    }
    return (v1 ^ v3) >>> 0;
  }
}

/** A key that nobody outside can know. */
export function randomHashKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(HASH_KEY_BYTES));
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
