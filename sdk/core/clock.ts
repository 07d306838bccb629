/** Time as the client sees it. */
export interface Clock {
  /** The wall clock when this clock was made, in milliseconds since the epoch. */
  startedAt: number;
  /** Milliseconds since then, monotonic: setting the device's clock does not reorder events. */
  now(): number;
  /** Calls `run` after `ms`, unless the returned function cancels it before. Only a timer that `holds` keeps a Node process alive. */
  startTimer(run: () => void, ms: number, holds: boolean): () => void;
}

/** The clock of the device. */
export function createClock(): Clock {
  const origin = performance.now();
  return {
    startedAt: Date.now(),
    now: () => performance.now() - origin,
    startTimer(run, ms, holds) {
      const timer: unknown = setTimeout(run, ms);
      if (!holds && isNodeTimer(timer)) timer.unref();
      return () => clearTimeout(timer as number);
    },
  };
}

/** This moment on the wall clock, in milliseconds since the epoch. */
export function wallTime(clock: Clock): number {
  return clock.startedAt + clock.now();
}

function isNodeTimer(timer: unknown): timer is { unref(): void } {
  return typeof timer === "object" && timer !== null && "unref" in timer;
}
