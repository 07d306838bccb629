import type { EventType } from "../events.ts";
import type { Timeline } from "./timeline.ts";
import type { DropReason } from "./types.ts";

/** One event ≤ 64 KiB as a line: the collector's limit. */
export const MAX_EVENT_BYTES = 64 * 1024;

/** What events have in common that travel in one envelope. */
export interface Segment {
  idSeed: string;
  /** Fields that all its events share; `timestamp` is what their `offset_ms` count from. */
  defaults: Record<string, unknown>;
  timeline: Timeline;
}

/** An event that waits to be sent, already in its wire form. */
export interface PendingEvent {
  /** Its place among all that this client was given, from 1. */
  order: number;
  segment: Segment;
  /** Its number within the segment's seed, from 1. */
  seq: number;
  /** Since when it waits, in milliseconds of the client's clock. */
  at: number;
  /** The `event_id` that the game gave it, if it did. */
  ownId: string | undefined;
  /** What it is worth: `rankOf`. */
  rank: number;
  /** @example {"name":"boss_seen","event_type":"custom","seq":7,"offset_ms":31250} */
  line: string;
  /** The line's length in UTF-8. */
  bytes: number;
}

/** An event as it is reported. */
export interface Reported {
  type: EventType;
  /** What the game says. */
  fields: object;
  /** What holds unless `fields` say otherwise. */
  shared?: object;
}

/** An event in its wire form, or why it has none. */
export type Serialized =
  | { kind: "line"; line: string; bytes: number; ownId: string | undefined }
  | { kind: "dropped"; reason: DropReason };

/** Turns an event into its line of the envelope, at once, so that nothing the game does later can change it. */
export function serializeEvent({ type, shared, fields }: Reported, seq: number, at: number): Serialized {
  try {
    const event: Record<string, unknown> = { ...shared, ...fields, event_type: type, seq };
    if (event.timestamp === undefined) event.offset_ms = Math.round(at);
    const line = JSON.stringify(event);
    // A toJSON of the game's may make anything of it.
    if (line[0] !== "{") return { kind: "dropped", reason: "unserializable" };
    const bytes = utf8Length(line);
    if (bytes > MAX_EVENT_BYTES) return { kind: "dropped", reason: "too_large" };
    return { kind: "line", line, bytes, ownId: idIn(event) };
  } catch {
    return { kind: "dropped", reason: "unserializable" };
  }
}

/** The id that a game gave an event, if it did. */
export function idIn(event: Record<string, unknown>): string | undefined {
  return typeof event.event_id === "string" ? event.event_id : undefined;
}

/** A JSON object with one more member, `events`. Their lines are JSON already, so they are joined rather than serialized again. */
export function withEvents(head: object, events: PendingEvent[]): string {
  return `${JSON.stringify(head).slice(0, -1)},"events":[${events.map(({ line }) => line).join(",")}]}`;
}

/** The length of a text in UTF-8, without encoding it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts 2 of the pair's 4 bytes.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
