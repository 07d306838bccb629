/** Time as the device tells it. */
export interface Clock {
  /** The device's wall clock, in milliseconds since the epoch. */
  wall(): number;
  /** Milliseconds since this clock was made, monotonic. On many devices it stands still in sleep. */
  now(): number;
  /** Calls `run` after `ms`, unless the returned function cancels it before. Only a timer that `holds` keeps a Node process alive. */
  startTimer(run: () => void, ms: number, holds: boolean): () => void;
}

/** The clock of the device. */
export function createClock(): Clock {
  const origin = performance.now();
  return {
    wall: () => Date.now(),
    now: () => performance.now() - origin,
    startTimer(run, ms, holds) {
      const timer = setTimeout(run, ms);
      // Elsewhere than on Node it is a number, which has none either.
      if (!holds) (timer as { unref?(): void }).unref?.();
      return () => clearTimeout(timer);
    },
  };
}
