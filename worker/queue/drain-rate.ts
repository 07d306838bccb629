/** Deliveries longer ago than about this say little about the next ones. */
const MEMORY_MS = 60_000;

/** What a client is told where nothing was delivered of late, and the most that it is ever told. */
const UNKNOWN_S = 60;
const LONGEST_S = 300;

/** A full queue is worth another try once this part of it has drained: at once, everybody would come for the first free byte. */
const ROOM = 0.1;

/** How fast a queue has been delivering: an exponentially decaying average. */
export class DrainRate {
  #bytesPerMs = 0;
  #at = 0;

  delivered(bytes: number, now: number): void {
    this.#bytesPerMs = this.#decayed(now) + bytes / MEMORY_MS;
    this.#at = now;
  }

  /** In how many seconds a full queue of `maxBytes` is likely to have room. */
  secondsToRoom(maxBytes: number, now: number): number {
    const bytesPerMs = this.#decayed(now);
    if (bytesPerMs * 1_000 < 1) return UNKNOWN_S;
    return Math.min(LONGEST_S, Math.max(1, Math.ceil((maxBytes * ROOM) / bytesPerMs / 1_000)));
  }

  #decayed(now: number): number {
    return this.#bytesPerMs * Math.exp(-Math.max(0, now - this.#at) / MEMORY_MS);
  }
}
