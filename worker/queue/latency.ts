import type { Fate } from "./fate.ts";
import type { Unit } from "./unit.ts";

/**
 * Upper bounds of the histogram of delivery latency, in seconds. Well, an event waits for at most `FLUSH_INTERVAL_MS` (5 s) and the
 * call; beyond a minute something is wrong, and it is enough to know how badly. Queues keep a count for each bound in storage, by its
 * place: to be added to only at the end.
 */
export const LATENCY_BOUNDS_S = [0.5, 1, 2.5, 5, 7.5, 10, 15, 30, 60, 300, 900, 3_600, 21_600] as const;

/** Events that Firehose took, by how long after the queue had taken them. */
export interface Latency {
  /** A count for each bound, and one for what took longer than all of them; each event counts once. */
  counts: readonly number[];
  sumMs: number;
}

export const NO_LATENCY: Latency = { counts: [...LATENCY_BOUNDS_S.map(() => 0), 0], sumMs: 0 };

/** Events that were written together, and when: milliseconds since 1970. */
interface Lot {
  at: number;
  events: number;
}

/** Adds what was delivered at `now`. */
export function withDelivered(latency: Latency, delivered: readonly Lot[], now: number): Latency {
  const counts = [...latency.counts];
  let { sumMs } = latency;
  for (const { at, events } of delivered) {
    // The clock may have been set back since.
    const ms = Math.max(0, now - at);
    const place = LATENCY_BOUNDS_S.findIndex((boundS) => ms <= boundS * 1_000);
    const bucket = place === -1 ? LATENCY_BOUNDS_S.length : place;
    counts[bucket] = (counts[bucket] ?? 0) + events;
    sumMs += ms * events;
  }
  return { counts, sumMs };
}

/** The events of a call that were taken. What was replayed counts from then on. */
export function deliveredLots(units: readonly Unit[], fates: readonly Fate[]): Lot[] {
  return units.flatMap((unit, index) => {
    const fate = fates[index];
    return fate === undefined || unit.kind !== "event" ? [] : lotsOf(unit, fate);
  });
}

function lotsOf({ rows }: Unit, fate: Fate): Lot[] {
  switch (fate.kind) {
    case "delivered":
      return rows;
    case "partly":
      return without(rows, fate.refused);
    case "dead":
      return fate.refused === "all" ? [] : without(rows, fate.refused);
    case "again":
    case "split":
      return [];
  }
}

/** Rows without the lines at these places, counted from the first line of the first row. */
function without(rows: readonly Lot[], places: readonly number[]): Lot[] {
  let end = 0;
  return rows.map(({ at, events }) => {
    const start = end;
    end += events;
    const refused = places.filter((place) => place >= start && place < end).length;
    return { at, events: events - refused };
  });
}
