import type { QueueStats } from "../../worker/queue/stats.ts";
import type { Book, Standing } from "./book.ts";

/** Where events were found, and how often each. */
export interface Found {
  delivered: ReadonlyMap<string, number>;
  deadLettered: ReadonlyMap<string, number>;
}

/** What became of the events of a drill. */
export interface Reconciled {
  acknowledged: number;
  rejected: number;
  /** Different events that were delivered. */
  delivered: number;
  deadLettered: number;
  /** Acknowledged, and found nowhere. */
  lost: string[];
  /** Found more than once. */
  duplicated: string[];
  /** Found more often than at-least-once delivery explains. */
  unexplained: string[];
  /** Found, though nobody sent them, or though they were rejected. */
  uncalledFor: string[];
  /** Sent, and never settled. */
  unsettled: string[];
}

/** Compares what was promised with what was found. `extraCopies` says how many copies more than one of an event are explained. */
export function reconcile(
  book: Book,
  { delivered, deadLettered }: Found,
  extraCopies: ReadonlyMap<string, number>,
): Reconciled {
  const copies = (id: string) => (delivered.get(id) ?? 0) + (deadLettered.get(id) ?? 0);
  const withStanding = (standing: Standing) =>
    [...book].filter(([, own]) => own === standing).map(([id]) => id);
  const found = [...new Set([...delivered.keys(), ...deadLettered.keys()])];
  const acknowledged = withStanding("acknowledged");
  return {
    acknowledged: acknowledged.length,
    rejected: withStanding("rejected").length,
    delivered: delivered.size,
    deadLettered: deadLettered.size,
    lost: acknowledged.filter((id) => copies(id) === 0),
    duplicated: found.filter((id) => copies(id) > 1),
    unexplained: found.filter((id) => copies(id) > 1 + (extraCopies.get(id) ?? 0)),
    uncalledFor: found.filter((id) => (book.get(id) ?? "rejected") === "rejected"),
    unsettled: withStanding("waiting"),
  };
}

/** What is wrong with a drill's outcome, in words; empty: nothing. */
export function problemsOf({ lost, duplicated, unexplained, uncalledFor, unsettled }: Reconciled): string[] {
  const named = (ids: string[], what: string) =>
    ids.length === 0 ? [] : [`${ids.length} events ${what}: ${ids.slice(0, 3).join(", ")} …`];
  return [
    ...named(lost, "were acknowledged, and are found nowhere"),
    ...named(unexplained, `of ${duplicated.length} that came twice had no reason to`),
    ...named(uncalledFor, "were found that nobody sent, or that were rejected"),
    ...named(unsettled, "never got a verdict"),
  ];
}

/** Counts that a collector without these features does not have yet. */
type Leavers = Partial<Record<"purged" | "erased", number>>;

/** What does not add up in a queue's own numbers, in words; empty: they do. */
export function accountingProblems({ totals, depth, dead_letters }: QueueStats): string[] {
  const { purged = 0, erased = 0 }: Leavers = totals;
  const left = totals.delivered + depth.events + dead_letters.events + purged + erased;
  const judged = totals.accepted + totals.duplicates + totals.rejected;
  return [
    ...(totals.accepted === left
      ? []
      : [
          `accepted ${totals.accepted} ≠ delivered ${totals.delivered} + depth ${depth.events} + dead letters ${dead_letters.events} + purged ${purged} + erased ${erased}`,
        ]),
    ...(totals.received === judged
      ? []
      : [
          `received ${totals.received} ≠ accepted ${totals.accepted} + duplicates ${totals.duplicates} + rejected ${totals.rejected}`,
        ]),
  ];
}
