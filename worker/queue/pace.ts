import type { PutOutcome } from "../firehose/outcome.ts";

/** Each call that goes well wins back so much of the quota. */
const RECOVERY = 0.05;
const LEAST = 1 / 64;

/**
 * The part of the stream's quota (0 to 1) that a queue takes after a call. The queues of all games share one stream and know
 * nothing of each other: additive increase, multiplicative decrease lets them find their shares, as TCP's connections do.
 * https://www.rfc-editor.org/rfc/rfc5681#section-3.1
 */
export function paceAfter(before: number, outcome: PutOutcome): number {
  if (isThrottled(outcome)) return Math.max(LEAST, before / 2);
  return outcome.kind === "answered" ? Math.min(1, before + RECOVERY) : before;
}

function isThrottled(outcome: PutOutcome): boolean {
  if (outcome.kind !== "answered") return outcome.kind === "throttled";
  return [...outcome.failures.values()].some(({ code }) => code === "ServiceUnavailableException");
}

/** A token bucket of bytes, which holds what may be sent at once: a second's worth, or a call's where that is more. */
export class TokenBucket {
  readonly #least: number;
  #bytes: number | undefined;
  #at = 0;

  constructor(callBytes: number) {
    this.#least = callBytes;
  }

  /** How long to wait before `bytes` may be sent at `bytesPerS`; 0: they may be, and are counted as sent. */
  take(bytes: number, bytesPerS: number, now: number): number {
    const capacity = Math.max(bytesPerS, this.#least, bytes);
    const refilled = (this.#bytes ?? capacity) + (Math.max(0, now - this.#at) / 1_000) * bytesPerS;
    this.#bytes = Math.min(capacity, refilled);
    this.#at = now;
    if (this.#bytes < bytes) return Math.ceil(((bytes - this.#bytes) / bytesPerS) * 1_000);
    this.#bytes -= bytes;
    return 0;
  }
}
