import type { Segment } from "./envelope.ts";
import { isoTime, type Timekeeper } from "./timeline.ts";
import { randomUuid } from "./uuid.ts";

/** Gives events their numbers, and what they have in common. */
export interface Stamper {
  /** The number of the next event. One that is dropped keeps its own: the gap shows the loss. */
  next(): number;
  /** The segment of this moment. Another one begins with another session, player, seed or clock. */
  segment(): Segment;
  /** The player or the session is another. */
  changed(): void;
  /** Numbers anew, with another seed. */
  renumber(): void;
  /** What the next page needs to go on with the numbers of a session; this one has others from then on. */
  handOver(sessionId: string): string;
  /** Goes on with the numbers that `handOver` wrote down, if they are of this session. */
  takeOver(note: string | null | undefined, sessionId: string | undefined): void;
}

/** Makes a stamper. `fields` are those that events share at that moment. */
export function createStamper(timekeeper: Timekeeper, fields: () => Record<string, unknown>): Stamper {
  let seed = randomUuid();
  let last = 0;
  let segment: Segment | null = null;

  function renumber(): void {
    seed = randomUuid();
    last = 0;
    segment = null;
  }

  return {
    next: () => ++last,
    segment() {
      const timeline = timekeeper.current();
      if (segment?.timeline !== timeline) {
        // At 0 of the monotonic clock; events have their offset from there.
        const defaults = { ...fields(), timestamp: isoTime(timeline.base) };
        segment = { idSeed: seed, defaults, timeline };
      }
      return segment;
    },
    changed() {
      segment = null;
    },
    renumber,
    handOver(sessionId) {
      const note = `${seed} ${last} ${sessionId}`;
      renumber();
      return note;
    },
    takeOver(note, sessionId) {
      const [theirSeed, theirLast, session] = (note ?? "").split(" ");
      if (!theirSeed || session !== sessionId) return;
      seed = theirSeed;
      last = Number(theirLast);
      segment = null;
    },
  };
}
