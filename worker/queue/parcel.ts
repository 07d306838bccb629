import { ID_BYTES, writeId } from "../events/ids.ts";
import { writeLines } from "../events/line.ts";

/**
 * What the Worker hands to a queue: events already judged and written, so that the queue parses nothing. Event `i` has the id
 * at `ids[i * 16]` and the next `lengths[i]` bytes of `lines`, its newline included.
 */
export interface Parcel {
  ids: Uint8Array;
  lines: Uint8Array;
  lengths: Uint32Array;
  /** Events of the same request that were rejected before they came here: the queue counts them. */
  rejected: number;
  /** What the client says it had to let go. */
  clientDropped: number;
}

/** What a queue answers: all but the duplicates are durable. */
export interface Receipt {
  /** Indexes into the parcel, rising. */
  duplicates: number[];
}

/** A part of a parcel that becomes one row of the outbox. */
export interface Chunk {
  ids: Uint8Array;
  lines: Uint8Array;
  events: number;
}

/** Packs judged events into one parcel. `ending` is what each line ends with: `lineEnding`. */
export function parcelOf(
  events: readonly { eventId: string; json: string }[],
  ending: Uint8Array,
  counts: Pick<Parcel, "rejected" | "clientDropped">,
): Parcel {
  const ids = new Uint8Array(events.length * ID_BYTES);
  for (let index = 0; index < events.length; index++)
    writeId(events[index]?.eventId ?? "", ids, index * ID_BYTES);
  return {
    ids,
    ...writeLines(
      events.map(({ json }) => json),
      ending,
    ),
    ...counts,
  };
}

/** Cuts a parcel, without the events of `skip` (rising indexes), into chunks of at most `maxBytes` of lines. */
export function chunksOf(
  { ids, lines, lengths }: Parcel,
  skip: readonly number[],
  maxBytes: number,
): Chunk[] {
  if (skip.length === 0 && lines.byteLength <= maxBytes) {
    return lengths.length === 0 ? [] : [{ ids, lines, events: lengths.length }];
  }
  const skipped = new Set(skip);
  const chunks: Span[][] = [];
  let room = 0;
  let offset = 0;
  for (const [index, length] of lengths.entries()) {
    const span = { index, offset, length };
    offset += length;
    if (skipped.has(index)) continue;
    if (length > room) {
      chunks.push([]);
      room = maxBytes;
    }
    chunks.at(-1)?.push(span);
    room -= length;
  }
  return chunks.map((spans) => gather(spans, ids, lines));
}

interface Span {
  index: number;
  offset: number;
  length: number;
}

function gather(spans: Span[], ids: Uint8Array, lines: Uint8Array): Chunk {
  const id = ({ index }: Span) => ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES);
  const line = ({ offset, length }: Span) => lines.subarray(offset, offset + length);
  return { ids: concat(spans.map(id)), lines: concat(spans.map(line)), events: spans.length };
}

/** One array of several, end to end. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.byteLength;
  }
  return whole;
}
