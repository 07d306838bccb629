import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError } from "./api.ts";
import { retryDelayMs } from "./backoff.ts";

/** What is known of something that is asked for again and again. */
export type Polled<T> =
  | { kind: "loading" }
  | { kind: "failed"; error: ApiError }
  /** `error`: the newest answer failed, and `data` is what was known at `at` (milliseconds since 1970). */
  | { kind: "ready"; data: T; at: number; error: ApiError | undefined };

/**
 * Asks at once, and again `everyMs` after each answer while the tab is seen; later and later while calls fail. `ask` must be the same
 * function as long as the same is asked for; what is known stays until another has an answer. Also returns how to ask again now.
 */
export function usePolled<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  everyMs: number,
  onKeyRefused: (error: ApiError) => void,
): [Polled<T>, () => void] {
  const [polled, setPolled] = useState<Polled<T>>({ kind: "loading" });
  const [turn, setTurn] = useState(0);

  // A new turn asks again.
  useEffect(() => {
    const leaving = new AbortController();
    let failures = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;

    async function run(): Promise<void> {
      try {
        const data = await ask(leaving.signal);
        if (leaving.signal.aborted) return;
        failures = 0;
        setPolled({ kind: "ready", data, at: Date.now(), error: undefined });
      } catch (error) {
        if (leaving.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        if (error.isKeyRefused) return onKeyRefused(error);
        failures++;
        setPolled((known) => (known.kind === "ready" ? { ...known, error } : { kind: "failed", error }));
      }
      timer = setTimeout(whenSeen, failures === 0 ? everyMs : everyMs + retryDelayMs(failures, Math.random));
    }

    function whenSeen(): void {
      if (!document.hidden) run();
      else document.addEventListener("visibilitychange", whenSeen, { once: true, signal: leaving.signal });
    }

    run();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [ask, everyMs, turn, onKeyRefused]);

  return [polled, useCallback(() => setTurn((count) => count + 1), [])];
}
