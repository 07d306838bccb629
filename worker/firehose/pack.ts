import { MAX_LINES_PER_RECORD, MAX_RECORD_BYTES } from "./limits.ts";

/** A run of lines that stays together. */
export interface Packable {
  /** How many lines. */
  events: number;
  /** Their bytes, newlines included. */
  bytes: number;
  /** Runs of different groups never share a record. */
  group?: string;
}

/** How lines become records: as many as fit, since Firehose bills each record in 5 KB steps, or one a record. */
export type Packing = "lines" | "event";

/** Part of a call: what it may hold, or what it holds already. */
export interface CallSize {
  records: number;
  bytes: number;
}

/** What a unit (a record's worth of runs) adds to a call. */
export function sizeOf(unit: Packable, packing: Packing): CallSize {
  return { records: packing === "event" ? unit.events : 1, bytes: unit.bytes };
}

/** Whether a call that holds `taken` may also hold `next`. An empty call takes anything: else that would never be sent. */
export function fits(taken: CallSize, next: CallSize, limit: CallSize): boolean {
  if (taken.records === 0) return true;
  return taken.records + next.records <= limit.records && taken.bytes + next.bytes <= limit.bytes;
}

export function add(a: CallSize, b: CallSize): CallSize {
  return { records: a.records + b.records, bytes: a.bytes + b.bytes };
}

/**
 * Packs runs into records, in order, until the call that holds `taken` already is full; reads no further than that. In `event`
 * packing a run stays a unit of its own, each of whose lines is a record.
 */
export function pack<Run extends Packable>(
  runs: Iterable<Run>,
  packing: Packing,
  taken: CallSize,
  limit: CallSize,
): Run[][] {
  const units: Run[][] = [];
  let call = taken;
  let open: Packable | undefined;
  for (const run of runs) {
    const isJoining = open !== undefined && joins(open, run, packing);
    const size = isJoining ? { records: 0, bytes: run.bytes } : sizeOf(run, packing);
    if (!fits(call, size, limit)) return units;
    call = add(call, size);
    open = isJoining && open ? { ...run, ...total([open, run]) } : run;
    if (isJoining) units.at(-1)?.push(run);
    else units.push([run]);
  }
  return units;
}

function joins(record: Packable, next: Packable, packing: Packing): boolean {
  return (
    packing === "lines" &&
    record.group === next.group &&
    record.events + next.events <= MAX_LINES_PER_RECORD &&
    record.bytes + next.bytes <= MAX_RECORD_BYTES
  );
}

/** The lines and bytes of several runs together. */
export function total(runs: readonly Packable[]): Packable {
  let [events, bytes] = [0, 0];
  for (const run of runs) {
    events += run.events;
    bytes += run.bytes;
  }
  return { events, bytes };
}
