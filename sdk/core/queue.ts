import type { PendingEvent } from "./envelope.ts";

/** What one batch may hold. */
export interface BatchLimit {
  events: number;
  bytes: number;
}

/**
 * The events that wait, oldest first, bounded in bytes. A batch stays here while it is on its way and leaves when it is settled:
 * what is in the queue is exactly what is pending.
 */
export interface Queue {
  /** How many events wait. */
  size(): number;
  /** The event that has waited longest. */
  oldest(): PendingEvent | undefined;
  /** The event that came last. */
  newest(): PendingEvent | undefined;
  /** Adds an event; `false` where the queue has no room for it. */
  push(event: PendingEvent): boolean;
  /** Whether as much waits as one batch may hold. */
  fills(limit: BatchLimit): boolean;
  /** The next batch: the oldest events of one session, as many as the limit lets in, and at least one. They stay in the queue. */
  peek(limit: BatchLimit): PendingEvent[];
  /** Takes the oldest `count` events out, and puts those of them that must be sent again back in front. */
  settle(count: number, again: PendingEvent[]): void;
}

/** Makes an empty queue for at most `maxBytes` of events. */
export function createQueue(maxBytes: number): Queue {
  const events: PendingEvent[] = [];
  let bytes = 0;

  return {
    size: () => events.length,
    oldest: () => events[0],
    newest: () => events[events.length - 1],
    push(event) {
      if (bytes + event.bytes > maxBytes) return false;
      events.push(event);
      bytes += event.bytes;
      return true;
    },
    fills: (limit) => events.length >= limit.events || bytes >= limit.bytes,
    peek: (limit) => events.slice(0, batchLength(events, limit)),
    settle(count, again) {
      const gone = events.splice(0, count, ...again);
      bytes += totalBytes(again) - totalBytes(gone);
    },
  };
}

function batchLength(events: PendingEvent[], limit: BatchLimit): number {
  const sessionId = events[0]?.sessionId;
  let bytes = 0;
  let length = 0;
  for (const event of events) {
    bytes += event.bytes;
    const fits = length < limit.events && bytes <= limit.bytes && event.sessionId === sessionId;
    if (length > 0 && !fits) break;
    length++;
  }
  return length;
}

function totalBytes(events: PendingEvent[]): number {
  return events.reduce((sum, event) => sum + event.bytes, 0);
}
