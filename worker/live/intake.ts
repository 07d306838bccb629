import type { EventType } from "../../sdk/events.ts";
import { EVENT_TYPES, type Reason, type Summary, type Warned } from "./summary.ts";

/** What a queue took of one parcel, as it is counted: without duplicates and erased players. */
export interface Intake {
  accepted: number;
  duplicates: number;
  rejected: number;
  events: Partial<Record<EventType, number>>;
  /** Two words for each player of whom an event was taken: `writePlayerBits`. */
  players: Uint32Array;
  purchases: { currency: string; amount: bigint }[];
  warnings: (Omit<Warned, "indexes"> & { count: number })[];
  reasons: Reason[];
}

/** Of a parcel, as much as is counted. */
export interface Counted {
  lengths: Uint32Array;
  users: readonly string[];
  userOf: Uint16Array;
  rejected: number;
  /** Absent where the Worker that sent it is of a version before: then its events have no types. */
  summary?: Summary;
}

/** What became of a parcel: which events it had already (indexes), and which are of erased players. */
export interface Outcome {
  duplicates: readonly number[];
  suppressed: readonly number[];
  /** Erased players among `rejectedUsers`. */
  erased: ReadonlySet<string>;
}

/** The players whose events of a parcel were rejected, as far as they can be read. */
export function rejectedUsers({ summary }: Counted): string[] {
  return summary?.rejected.flatMap(({ user }) => user ?? []) ?? [];
}

/** Counts what was taken of a parcel. */
export function intakeOf(parcel: Counted, { duplicates, suppressed, erased }: Outcome): Intake {
  const { lengths, summary } = parcel;
  const skipped = new Set([...duplicates, ...suppressed]);
  const rejected = summary?.rejected ?? [];
  const known = rejected.filter(({ user }) => user === null || !erased.has(user));
  const hidden = eventsOf(rejected) - eventsOf(known);
  const intake: Intake = {
    accepted: lengths.length - skipped.size,
    duplicates: duplicates.length,
    rejected: parcel.rejected - hidden,
    events: {},
    players: NOBODY,
    purchases: [],
    warnings: [],
    reasons: known.flatMap(({ reasons }) => reasons),
  };
  return summary === undefined ? intake : { ...intake, ...takenOf(parcel, summary, skipped) };
}

function takenOf({ lengths, users, userOf }: Counted, summary: Summary, skipped: ReadonlySet<number>) {
  const isTaken = (index: number) => !skipped.has(index);
  const events: Intake["events"] = {};
  const isActive = new Uint8Array(users.length);
  for (let index = 0; index < lengths.length; index++) {
    if (skipped.size > 0 && skipped.has(index)) continue;
    const type = EVENT_TYPES[summary.types[index] ?? -1];
    if (type !== undefined) events[type] = (events[type] ?? 0) + 1;
    isActive[userOf[index] ?? 0] = 1;
  }
  return {
    events,
    players: summary.players.filter((_, at) => isActive[at >> 1] === 1),
    purchases: summary.purchases.filter(({ index }) => isTaken(index)),
    warnings: summary.warnings.flatMap(({ indexes, ...warned }) => {
      const count = indexes.filter(isTaken).length;
      return count === 0 ? [] : [{ ...warned, count }];
    }),
  };
}

function eventsOf(rejected: Summary["rejected"]): number {
  return rejected.reduce((sum, { events }) => sum + events, 0);
}

const NOBODY = new Uint32Array();
