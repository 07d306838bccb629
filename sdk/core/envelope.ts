import type { Envelope, EventType } from "../events.ts";
import type { DropReason } from "./types.ts";

/** One event ≤ 64 KiB as a line: the collector's limit. */
export const MAX_EVENT_BYTES = 64 * 1024;

/** An event that waits to be sent, already in its wire form. */
export interface PendingEvent {
  /** Its number within the client, from 1. */
  seq: number;
  /** When it happened, in milliseconds of the client's clock. */
  at: number;
  /** The session that its batch names in `defaults`. */
  sessionId: string;
  /** The `event_id` that the game gave it, if it did. */
  ownId: string | undefined;
  /** @example {"name":"boss_seen","event_type":"custom","seq":7,"offset_ms":31250} */
  line: string;
  /** The line's length in UTF-8. */
  bytes: number;
}

/** An event in its wire form, or why it has none. */
export type Serialized =
  | { kind: "line"; line: string; bytes: number; ownId: string | undefined }
  | { kind: "dropped"; reason: DropReason };

/** Turns an event into its line of the envelope, at once, so that nothing the game does later can change it. */
export function serializeEvent(type: EventType, fields: object, seq: number, at: number): Serialized {
  try {
    const event: Record<string, unknown> = { ...fields, event_type: type, seq };
    if (event.timestamp === undefined) event.offset_ms = Math.round(at);
    const line = JSON.stringify(event);
    const bytes = utf8Length(line);
    if (bytes > MAX_EVENT_BYTES) return { kind: "dropped", reason: "too_large" };
    const ownId = typeof event.event_id === "string" ? event.event_id : undefined;
    return { kind: "line", line, bytes, ownId };
  } catch {
    return { kind: "dropped", reason: "unserializable" };
  }
}

/** Writes a batch as the collector's envelope. The lines are JSON already, so they are joined rather than serialized again. */
export function encodeEnvelope(head: Omit<Envelope, "events">, events: PendingEvent[]): string {
  const lines = events.map((event) => event.line).join(",");
  return `${JSON.stringify(head).slice(0, -1)},"events":[${lines}]}`;
}

/** The length of a text in UTF-8, without encoding it. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts 2 of the pair's 4 bytes.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
