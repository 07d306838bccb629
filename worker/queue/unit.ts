import type { Packable, Packing } from "../firehose/pack.ts";

/** What the lines of a row are: accepted events, which must add up, or the collector's own notices (`rejected`, `erasure` and the like). */
export type Kind = "event" | "notice";

/** A row of the outbox, as delivery sees it. */
export interface OutboxRow extends Packable {
  seq: number;
  /** When it was written; milliseconds since 1970. */
  at: number;
  /** Its kind, and the held record that it stands behind: what is packed together is one range of rows, with no held one within. */
  group: string;
  kind: Kind;
  /** 16 bytes an event; a notice has none. */
  ids: Uint8Array;
  lines: Uint8Array;
  /** What made it a dead letter before it was replayed: a JSON array of burials. */
  history: string | null;
}

/** A record that failed: its rows stay together, so that it is sent again byte for byte. */
export interface Held {
  firstSeq: number;
  lastSeq: number;
  /** How often Firehose has judged and refused it. */
  attempts: number;
  /** When it, or what it was split from, failed first; milliseconds since 1970. */
  since: number;
  /** When it was sent last, or split; milliseconds since 1970. */
  triedAt: number;
  /** Whether it was in a call whose contents were refused: it travels alone until it is plain who is guilty. */
  isSuspect: boolean;
}

/**
 * Rows that are sent together: in `lines` packing they are one record; in `event` packing it is one row, each of whose lines is
 * a record.
 */
export interface Unit extends Packable {
  kind: Kind;
  rows: OutboxRow[];
  held: Held | null;
}

const NEWLINE = 0x0a;

/** The records of a unit, each a chain of byte chunks. */
export function recordsOf(unit: Unit, packing: Packing): Uint8Array[][] {
  if (packing === "lines") return [unit.rows.map(({ lines }) => lines)];
  return unit.rows.flatMap(({ lines }) => linesOf(lines)).map((line) => [line]);
}

/** The lines of a row, each with its newline. */
export function linesOf(lines: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let start = 0; start < lines.byteLength; ) {
    const end = lines.indexOf(NEWLINE, start) + 1 || lines.byteLength;
    found.push(lines.subarray(start, end));
    start = end;
  }
  return found;
}
