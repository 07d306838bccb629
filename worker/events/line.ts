import { version } from "../../package.json";
import { isoTime } from "./time.ts";

/** Who collected it: name and version, for the warehouse. */
const COLLECTOR = `playtrail/${version}`;

/** What the collector itself writes into a line: an event that brings one of these names loses it, with a warning. */
export const RESERVED_FIELDS: ReadonlySet<string> = new Set([
  "record_type",
  "ingestion_timestamp",
  "client_timestamp",
  "clock_offset_ms",
  "collector",
  "request_id",
  "client_dropped",
]);

/** An event as JSON, its part of a delivered line. Throws nothing where it came from JSON and its nesting is bounded (`isDeeper`). */
export function eventJson(event: unknown): string {
  return JSON.stringify(event);
}

/** The same event, which now also says what its client let go before it: a count by reason. */
export function withClientDropped(json: string, dropped: Record<string, number>): string {
  return `${json.slice(0, -1)},"client_dropped":${eventJson(dropped)}}`;
}

/** What a line is about: one pipe carries them all. */
export type RecordType = "event" | "rejected" | "erasure" | "exchange_rate";

/** What all lines of one request end with: what the collector knows of them, and the newline. */
export function lineEnding(
  receivedAt: number,
  requestId: string,
  recordType: RecordType = "event",
): Uint8Array {
  const common = {
    record_type: recordType,
    ingestion_timestamp: isoTime(receivedAt),
    collector: COLLECTOR,
    request_id: requestId,
  };
  return encoder.encode(`,${JSON.stringify(common).slice(1)}\n`);
}

const encoder = new TextEncoder();

/**
 * Writes delivered lines, end to end, and says how long each one is. A line is one JSON object, ended by a newline: the event,
 * then what the collector knows of it. For example
 *
 * `{"event_id":"…","event_type":"install",…,"source":"organic","client_timestamp":"2026-11-21T12:00:00.000Z",`
 * `"record_type":"event","ingestion_timestamp":"2026-11-21T12:00:03.120Z","collector":"playtrail/0.1.0","request_id":"…"}`
 *
 * The ending is copied as bytes behind each event: joining strings first costs four times as much.
 */
export function writeLines(
  events: readonly string[],
  ending: Uint8Array,
): { lines: Uint8Array; lengths: Uint32Array } {
  let characters = 0;
  for (const json of events) characters += json.length;
  // Nearly always a character takes one byte. Where that is not enough, three are.
  const written = tryWriting(events, ending, characters) ?? tryWriting(events, ending, characters * 3);
  if (written === undefined) throw new RangeError("a character took more than three bytes");
  return written;
}

/** Undefined where the events take more than so many bytes. */
function tryWriting(events: readonly string[], ending: Uint8Array, eventBytes: number) {
  const endingBytes = ending.byteLength - 1; // it stands over the event's closing brace
  const lines = new Uint8Array(eventBytes + events.length * endingBytes);
  const lengths = new Uint32Array(events.length);
  let start = 0;
  for (let index = 0; index < events.length; index++) {
    const json = events[index] ?? "";
    const { read, written } = encoder.encodeInto(json, lines.subarray(start));
    const length = written + endingBytes;
    if (read < json.length || start + length > lines.byteLength) return undefined;
    lines.set(ending, start + written - 1);
    lengths[index] = length;
    start += length;
  }
  return { lines: start === lines.byteLength ? lines : lines.slice(0, start), lengths };
}
