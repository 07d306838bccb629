import { MAX_LINES_PER_RECORD, MAX_RECORD_BYTES } from "../firehose/limits.ts";
import type { Intake } from "../live/intake.ts";
import type { Entry } from "./ledger.ts";
import { chunksOf, concat, type Offer, type Rejection } from "./parcel.ts";
import { NO_COUNTS, type RequestCounts } from "./store.ts";

/** What a queue takes of a parcel. */
export interface Taken extends Offer {
  counts: RequestCounts;
  /** Lines about rejected events, and others that are no events. */
  rejections: readonly Rejection[];
  /** What is counted of it in the live state; of what is no game's: nothing. */
  intake: Intake | null;
}

const LIMITS = { events: MAX_LINES_PER_RECORD, bytes: MAX_RECORD_BYTES };

/** What was taken of several parcels, in as few rows as it fits. */
export function entriesOf(taken: readonly Pick<Taken, "parcel" | "skipped" | "rejections">[]): Entry[] {
  const events = chunksOf(taken, LIMITS).map((chunk): Entry => ({ kind: "event", chunk }));
  return [...events, ...noticesOf(taken.flatMap(({ rejections }) => rejections.map(({ line }) => line)))];
}

/** The collector's own lines, in as few rows as they fit. */
function noticesOf(lines: readonly Uint8Array[]): Entry[] {
  if (lines.length === 0) return [];
  const lengths = Uint32Array.from(lines, ({ byteLength }) => byteLength);
  const parcel = { ids: new Uint8Array(), lines: concat(lines), lengths };
  return chunksOf([{ parcel, skipped: [] }], LIMITS).map((chunk): Entry => ({ kind: "notice", chunk }));
}

/** What of it is counted in the live state. */
export function intakesOf(taken: readonly Taken[]): Intake[] {
  return taken.flatMap(({ intake }) => intake ?? []);
}

/** What requests count together. */
export function countsOf(taken: readonly Taken[]): RequestCounts {
  const sum = { ...NO_COUNTS };
  for (const { counts } of taken) {
    for (const name of Object.keys(sum) as (keyof RequestCounts)[]) sum[name] += counts[name];
  }
  return sum;
}
