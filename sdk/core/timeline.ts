import type { Clock } from "./clock.ts";

/**
 * A stretch in which the device's wall clock and its monotonic clock ran side by side. Where they part (somebody set the clock, or
 * the device slept), another begins: an event keeps the one that it was stamped in, so that a jump shifts no event before it.
 */
export interface Timeline {
  /** What the wall clock said when the monotonic one stood at 0, in milliseconds since the epoch. */
  base: number;
  /** The collector's clock minus the device's, in milliseconds; `null` until an answer told. */
  offsetMs: number | null;
}

/** The clocks may differ so much before it counts as a jump: NTP slews slowly, and rounding is smaller. */
const JUMP_MS = 2_000;

/** Keeps the time of a client. */
export interface Timekeeper {
  /** The timeline of this moment. */
  current(): Timeline;
  /** What an answer tells: when its request left and came back, by the monotonic clock, and when the collector had it, by its own. */
  learn(sentAt: number, answeredAt: number, receivedAtMs: number): void;
  /** `sent_at` for events of a timeline, or what is better: the clock's measured offset. */
  stamp(timeline: Timeline): { sent_at: string } | { clock_offset_ms: number };
}

/** Makes a timekeeper. */
export function createTimekeeper(clock: Clock): Timekeeper {
  let timeline = begin();
  let shortestMs = Infinity;

  function begin(): Timeline {
    return { base: clock.wall() - clock.now(), offsetMs: null };
  }

  function current(): Timeline {
    if (Math.abs(clock.wall() - clock.now() - timeline.base) > JUMP_MS) {
      timeline = begin();
      shortestMs = Infinity;
    }
    return timeline;
  }

  return {
    current,
    learn(sentAt, answeredAt, receivedAtMs) {
      const before = timeline;
      const roundTripMs = answeredAt - sentAt;
      // The half of a round trip is the error's bound: the shortest knows best.
      if (current() !== before || !(receivedAtMs > 0) || roundTripMs >= shortestMs) return;
      shortestMs = roundTripMs;
      timeline.offsetMs = Math.round(receivedAtMs - (timeline.base + sentAt + roundTripMs / 2));
    },
    stamp({ base, offsetMs }) {
      if (offsetMs !== null) return { clock_offset_ms: offsetMs };
      // The wall clock went on through a sleep; one that was set back did not make the events younger.
      return { sent_at: isoTime(Math.max(clock.wall(), base + clock.now())) };
    },
  };
}

/** A moment as RFC 3339. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
