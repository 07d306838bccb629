import type { Drop, DropReason } from "./types.ts";

/** Counts by drop reason, as `dropped` of the envelope has them. */
export type DropCounts = Partial<Record<DropReason, number>>;

/** The client's accounts: each tracked event is entered once, and leaves once, as sent or as dropped. */
export interface Ledger {
  tracked(): number;
  sent(): number;
  dropped(): number;
  /** New events. */
  track(count: number): void;
  /** The collector has settled `count` events. */
  settle(count: number): void;
  /** `count` events are given up. */
  drop(reason: DropReason, count: number): void;
  /** What was dropped and no batch has taken yet. */
  unreported(): DropCounts;
  /** The same, to go with this attempt. `undefined` where nothing was dropped. */
  takeUnreported(): DropCounts | undefined;
  /** These counts are to be told with another batch: the one that took them was not acknowledged, or an earlier run never told them. */
  giveBack(counts: DropCounts | undefined): void;
}

/** Opens an empty ledger. */
export function createLedger(onDrop: (drop: Drop) => void): Ledger {
  let tracked = 0;
  let sent = 0;
  let dropped = 0;
  let unreported: DropCounts = {};

  return {
    tracked: () => tracked,
    sent: () => sent,
    dropped: () => dropped,
    track(count) {
      tracked += count;
    },
    settle(count) {
      sent += count;
    },
    drop(reason, count) {
      dropped += count;
      unreported = addCounts(unreported, { [reason]: count });
      onDrop({ reason, count });
    },
    unreported: () => unreported,
    takeUnreported() {
      const counts = unreported;
      unreported = {};
      return Object.keys(counts).length > 0 ? counts : undefined;
    },
    giveBack(counts = {}) {
      unreported = addCounts(counts, unreported);
    },
  };
}

/** The sum of two counts. */
export function addCounts(a: DropCounts, b: DropCounts): DropCounts {
  const sum: DropCounts = { ...a };
  for (const reason of Object.keys(b) as DropReason[]) sum[reason] = (a[reason] ?? 0) + (b[reason] ?? 0);
  return sum;
}
