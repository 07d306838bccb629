import { Buffer } from "node:buffer";

/** Registers, by the first bits of a hash. The standard error of an estimate is 1.04/√2,048 = 2.3 %. */
const INDEX_BITS = 11;
const REGISTERS = 2 ** INDEX_BITS;

/** The rank of a word of zeros: it has 32 bits. */
const MAX_RANK = 33;

/** A register as it is stored where few are set: its place in two bytes, then its rank. */
const SPARSE_BYTES = 3;

/** 1 / (2 ln 2): the constant of the estimator. */
const ALPHA = 1 / (2 * Math.LN2);

/**
 * How many different players there were, in 2 KiB however many they are: HyperLogLog. Merged, sketches are what one would be that
 * saw everything. It counts hashes, and none of them can be told from it.
 */
export class Sketch {
  readonly #ranks: Uint8Array;

  constructor(ranks = new Uint8Array(REGISTERS)) {
    this.#ranks = ranks;
  }

  /** A sketch of what any of these saw. */
  static union(sketches: Iterable<Sketch>): Sketch {
    const union = new Sketch();
    for (const sketch of sketches) union.#merge(sketch);
    return union;
  }

  /** Takes a sketch as it was stored. */
  static parse(text: string): Sketch {
    const bytes = Buffer.from(text, "base64");
    if (bytes.length === REGISTERS) return new Sketch(new Uint8Array(bytes));
    const sketch = new Sketch();
    for (let at = 0; at + SPARSE_BYTES <= bytes.length; at += SPARSE_BYTES)
      sketch.#ranks[bytes.readUInt16LE(at)] = bytes.readUInt8(at + 2);
    return sketch;
  }

  /** Counts a player, by two words that are independent of each other: `playerBits`. */
  add(place: number, tail: number): void {
    const index = place >>> (32 - INDEX_BITS);
    const rank = Math.clz32(tail) + 1;
    if (rank > (this.#ranks[index] ?? 0)) this.#ranks[index] = rank;
  }

  /** How many players, to the nearest: exact for a handful, with the standard error above for many. */
  estimate(): number {
    const counts = new Array<number>(MAX_RANK + 1).fill(0);
    for (const rank of this.#ranks) counts[rank] = (counts[rank] ?? 0) + 1;
    // The improved estimator of https://arxiv.org/abs/1702.01284 (algorithm 6): it needs no table of corrections.
    let z = REGISTERS * tau(1 - (counts[MAX_RANK] ?? 0) / REGISTERS);
    for (let rank = MAX_RANK - 1; rank >= 1; rank--) z = (z + (counts[rank] ?? 0)) / 2;
    z += REGISTERS * sigma((counts[0] ?? 0) / REGISTERS);
    return Math.round((ALPHA * REGISTERS * REGISTERS) / z);
  }

  /** As it is stored and handed over: all registers, or those that are set where they take less. */
  toString(): string {
    const set = this.#ranks.reduce((sum, rank) => sum + Number(rank > 0), 0);
    if (set * SPARSE_BYTES >= REGISTERS) return Buffer.from(this.#ranks).toString("base64");
    const bytes = Buffer.alloc(set * SPARSE_BYTES);
    let at = 0;
    for (const [index, rank] of this.#ranks.entries()) {
      if (rank === 0) continue;
      bytes.writeUInt16LE(index, at);
      bytes.writeUInt8(rank, at + 2);
      at += SPARSE_BYTES;
    }
    return bytes.toString("base64");
  }

  #merge(other: Sketch): void {
    for (let index = 0; index < REGISTERS; index++) {
      const rank = other.#ranks[index] ?? 0;
      if (rank > (this.#ranks[index] ?? 0)) this.#ranks[index] = rank;
    }
  }
}

function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  let [power, weight, sum, before] = [x, 1, x, Number.NaN];
  while (sum !== before) {
    power *= power;
    before = sum;
    sum += power * weight;
    weight += weight;
  }
  return sum;
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let [root, weight, sum, before] = [x, 1, 1 - x, Number.NaN];
  while (sum !== before) {
    root = Math.sqrt(root);
    before = sum;
    weight /= 2;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}

/**
 * Writes the 64 bits by which a player is counted as two words into `target`. Two lanes of FNV-1a with murmur3's multipliers and
 * finalizer; neither is the hash that chooses a shard, which would leave a queue only some of the registers. Who may send events
 * may also look for ids that count as many players, or as one: it is a count, not a proof.
 */
export function writePlayerBits(user: string, target: Uint32Array, at: number): void {
  let [a, b] = [0x9e3779b9, 0x85ebca6b];
  for (let i = 0; i < user.length; i++) {
    const unit = user.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  target[at] = finish(a);
  target[at + 1] = finish(b ^ user.length);
}

function finish(h: number): number {
  let mixed = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
