import type { IngestAnswer } from "../events.ts";

/** What the collector asks of its clients, within bounds: a mistake there must not silence a game for good. */
export interface Hints {
  /** The longest that an event waits for company, in milliseconds; `null`: as the game has it. */
  flushIntervalMs: number | null;
  /** The share of low-priority events that is wanted, 0–1. */
  sample: number;
  /** For how long from now nothing is to be sent, in milliseconds. */
  pauseMs: number;
}

/** Nothing is asked. */
export const NO_HINTS: Hints = { flushIntervalMs: null, sample: 1, pauseMs: 0 };

const MIN_FLUSH_INTERVAL_MS = 1_000;
const MAX_FLUSH_INTERVAL_MS = 600_000;
const MAX_PAUSE_MS = 24 * 3_600_000;

/** Reads the hints of an answer; what is not a number or a time is not there. Each answer's hints replace those before. */
export function hintsOf({ hints, received_at }: IngestAnswer): Hints {
  if (!hints) return NO_HINTS;
  const { flush_interval_ms: interval, sample, paused_until } = hints;
  // By the collector's own clock on both sides: the device's may be hours off.
  const pauseMs = Date.parse(paused_until ?? "") - Date.parse(received_at);
  return {
    flushIntervalMs:
      typeof interval === "number" ? clamp(interval, MIN_FLUSH_INTERVAL_MS, MAX_FLUSH_INTERVAL_MS) : null,
    sample: typeof sample === "number" ? clamp(sample, 0, 1) : 1,
    pauseMs: clamp(pauseMs || 0, 0, MAX_PAUSE_MS),
  };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
