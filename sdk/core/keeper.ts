import type { Clock } from "./clock.ts";

/** How soon what changed is kept, in milliseconds: what a crash may cost. */
export const KEEP_INTERVAL_MS = 250;
/** Keeping takes at most a twentieth of the time, however much there is to keep. */
const PAUSE_PER_WORK = 20;

/** Keeps a client's state after it has changed, many changes at once. */
export interface Keeper {
  /** Something changed. */
  changed(): void;
  /** Keeps it now, if it changed. */
  now(): void;
}

/** Where there is nowhere to keep. */
export const NO_KEEPER: Keeper = { changed() {}, now() {} };

/** Makes a keeper around what writes the state. */
export function createKeeper(clock: Clock, write: () => void): Keeper {
  let cancel: (() => void) | null = null;
  let pauseMs = KEEP_INTERVAL_MS;

  function now(): void {
    if (!cancel) return;
    cancel();
    cancel = null;
    const startedAt = clock.now();
    write();
    pauseMs = Math.max(KEEP_INTERVAL_MS, (clock.now() - startedAt) * PAUSE_PER_WORK);
  }

  return {
    changed() {
      cancel ??= clock.startTimer(now, pauseMs, false);
    },
    now,
  };
}
