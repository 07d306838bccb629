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
]);

/**
 * A delivered line is one JSON object, ended by a newline: the event, then what the collector knows of it. For example
 *
 * `{"event_id":"…","event_type":"install",…,"source":"organic","client_timestamp":"2026-11-21T12:00:00.000Z",`
 * `"record_type":"event","ingestion_timestamp":"2026-11-21T12:00:03.120Z","collector":"playtrail/0.1.0","request_id":"…"}`
 */
export function lineOf(event: Record<string, unknown>, ending: string): string {
  const json = wellFormed(JSON.stringify(event));
  return json.slice(0, -1) + ending;
}

/** What all lines of one request end with. */
export function lineEnding(receivedAt: number, requestId: string): string {
  const common = {
    record_type: "event",
    ingestion_timestamp: isoTime(receivedAt),
    collector: COLLECTOR,
    request_id: requestId,
  };
  return `,${JSON.stringify(common).slice(1)}\n`;
}

/**
 * Half a surrogate pair is written by JSON.stringify as an escape that Snowflake and most parsers refuse, and that would cost
 * the whole line: it becomes U+FFFD, as `String.prototype.toWellFormed` does. An escaped backslash is stepped over.
 */
function wellFormed(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replace(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, (found) => (found === "\\\\" ? found : "\ufffd"));
}
