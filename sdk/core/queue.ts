import type { PendingEvent } from "./envelope.ts";
import { MAX_RANK } from "./priority.ts";

/** What one batch may hold. */
export interface BatchLimit {
  events: number;
  bytes: number;
}

/** Where the bound is passed, so much of it is made free at once: making room looks at every event that waits. */
const ROOM_SHARE = 0.1;

/** The events that wait for a batch, oldest first, bounded in bytes. */
export interface Queue {
  /** The events, oldest first; not to be changed. */
  events(): readonly PendingEvent[];
  /** Adds an event. Returns what had to go to make room: the least of it in rank, the oldest of those. */
  push(event: PendingEvent): PendingEvent[];
  /** Whether as much waits as one batch may hold. */
  fills(limit: BatchLimit): boolean;
  /** Takes the next batch out: the oldest events of one segment, as many as the limit lets in, and at least one. */
  take(limit: BatchLimit): PendingEvent[];
  /** Puts events back to where they stood. Nothing is dropped for them: they may have arrived already. */
  putBack(events: PendingEvent[]): void;
  /** Takes everything out. */
  clear(): PendingEvent[];
}

/** Makes an empty queue for at most `maxBytes` of events. */
export function createQueue(maxBytes: number): Queue {
  let events: PendingEvent[] = [];
  let bytes = 0;

  function makeRoom(): PendingEvent[] {
    const victims = chooseVictims(events, bytes - maxBytes * (1 - ROOM_SHARE));
    events = events.filter((event) => !victims.has(event));
    bytes -= totalBytes(victims);
    return [...victims];
  }

  return {
    events: () => events,
    push(event) {
      events.push(event);
      bytes += event.bytes;
      return bytes > maxBytes ? makeRoom() : [];
    },
    fills: (limit) => events.length >= limit.events || bytes >= limit.bytes,
    take(limit) {
      const taken = events.splice(0, batchLength(events, limit));
      bytes -= totalBytes(taken);
      return taken;
    },
    putBack(back) {
      if (back.length === 0) return;
      events = [...back, ...events].sort((a, b) => a.order - b.order);
      bytes += totalBytes(back);
    },
    clear() {
      const all = events;
      events = [];
      bytes = 0;
      return all;
    },
  };
}

function chooseVictims(events: PendingEvent[], excess: number): Set<PendingEvent> {
  const victims = new Set<PendingEvent>();
  let freed = 0;
  for (let rank = 0; rank <= MAX_RANK; rank++) {
    for (const event of events) {
      if (freed >= excess) return victims;
      if (event.rank !== rank) continue;
      victims.add(event);
      freed += event.bytes;
    }
  }
  return victims;
}

function batchLength(events: PendingEvent[], limit: BatchLimit): number {
  const segment = events[0]?.segment;
  let bytes = 0;
  let length = 0;
  for (const event of events) {
    bytes += event.bytes;
    const fits = length < limit.events && bytes <= limit.bytes && event.segment === segment;
    if (length > 0 && !fits) break;
    length++;
  }
  return length;
}

function totalBytes(events: Iterable<PendingEvent>): number {
  let sum = 0;
  for (const event of events) sum += event.bytes;
  return sum;
}
