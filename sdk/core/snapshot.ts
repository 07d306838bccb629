import { idIn, type PendingEvent, type Segment, utf8Length, withEvents } from "./envelope.ts";
import type { DropCounts } from "./ledger.ts";
import { rankOf } from "./priority.ts";

/** What a run leaves to the next: its unsettled events, and drops that it could not tell. */
export interface Snapshot {
  events: Omit<PendingEvent, "order" | "at">[];
  dropped: DropCounts;
}

/** Its parts as they are stored. */
interface StoredSegment {
  id_seed: string;
  clock_offset_ms: number | null;
  defaults: Record<string, unknown>;
  events: Record<string, unknown>[];
}

/**
 * Writes a snapshot, `null` where there is nothing to keep. The events' lines are JSON already.
 * @example {"v":1,"dropped":{"queue_full":3},"segments":[{"id_seed":"0f8f…","clock_offset_ms":-120,"defaults":{"user_id":"player-7"},"events":[{"event_type":"custom","seq":7,"offset_ms":31250,"name":"boss_seen"}]}]}
 */
export function encodeSnapshot(events: PendingEvent[], dropped: DropCounts): string | null {
  if (events.length === 0 && Object.keys(dropped).length === 0) return null;
  const segments: string[] = [];
  for (let from = 0; from < events.length; ) {
    const segment = events[from]?.segment;
    let to = from + 1;
    while (events[to]?.segment === segment && to < events.length) to++;
    if (segment) segments.push(encodeSegment(segment, events.slice(from, to)));
    from = to;
  }
  return `{"v":1,"dropped":${JSON.stringify(dropped)},"segments":[${segments.join(",")}]}`;
}

function encodeSegment({ idSeed, defaults, timeline }: Segment, events: PendingEvent[]): string {
  const head = { id_seed: idSeed, clock_offset_ms: timeline.offsetMs, defaults };
  return withEvents(head, events);
}

/** Reads a snapshot; `null` where the text is none, or one of another version. */
export function decodeSnapshot(text: string): Snapshot | null {
  try {
    const { v, dropped, segments } = JSON.parse(text);
    return v === 1 ? { dropped, events: segments.flatMap(decodeSegment) } : null;
  } catch {
    return null;
  }
}

function decodeSegment(stored: StoredSegment): Snapshot["events"] {
  // The clock that it was stamped by is gone: the device's own of today is the best that is left, unless it had been measured.
  const timeline = { base: 0, offsetMs: stored.clock_offset_ms };
  const segment: Segment = { idSeed: stored.id_seed, defaults: stored.defaults, timeline };
  return stored.events.map((event) => {
    const line = JSON.stringify(event);
    const seq = Number(event.seq);
    return {
      segment,
      seq,
      ownId: idIn(event),
      rank: rankOf(event.event_type),
      line,
      bytes: utf8Length(line),
    };
  });
}
