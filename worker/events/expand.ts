import type { BatchContext } from "./batch-context.ts";
import type { Fields } from "./fields.ts";
import { type Finding, finding } from "./findings.ts";
import { seededId } from "./ids.ts";
import { predicateOf } from "./predicate.ts";
import { timestampSchema } from "./schemas.ts";
import { isoTime } from "./time.ts";

const isTimestamp = predicateOf(timestampSchema);

/** The furthest time that a Date can hold: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const MAX_DATE_MS = 8.64e15;

/** Fills in what the envelope says once for all: defaults, `seq` for an id, `offset_ms` for a time. */
export function expand(raw: Fields, { defaults, idSeed }: BatchContext, errors: Finding[]): Fields {
  const event = defaults === undefined ? raw : { ...defaults, ...raw };
  const { seq, offset_ms: offset } = event;
  if (event.event_id === undefined && idSeed !== undefined && Number.isSafeInteger(seq) && Number(seq) > 0) {
    event.event_id = seededId(idSeed, Number(seq));
  }
  if (offset === undefined) return event;

  event.offset_ms = undefined;
  if (raw.timestamp !== undefined) return event;
  const happenedAt =
    isTimestamp(event.timestamp) && typeof offset === "number"
      ? Date.parse(String(event.timestamp)) + offset
      : Number.NaN;
  if (Math.abs(happenedAt) <= MAX_DATE_MS) event.timestamp = isoTime(happenedAt);
  else {
    const message =
      "offset_ms must be a number of milliseconds, and defaults.timestamp the RFC 3339 time that it counts from";
    errors.push(finding("offset_ms", "invalid_offset", message));
  }
  return event;
}
