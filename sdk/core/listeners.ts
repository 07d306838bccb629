import type { ClientEvents } from "./types.ts";

/** Those who listen to a client. */
export interface Listeners {
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (event: ClientEvents[Name]) => unknown,
  ): () => void;
  tell<Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void;
}

type Listener = (event: never) => unknown;

/**
 * Makes them harmless. What a listener throws, or rejects with, goes to the console; and while it runs it is not called again,
 * for one that hears of a drop and reports an event that is dropped in turn would never end.
 */
export function createListeners(): Listeners {
  const byName = new Map<string, Set<Listener>>();
  const running = new Set<Listener>();

  function call(name: string, listener: Listener, event: unknown): void {
    if (running.has(listener)) return;
    const report = (error: unknown) => console.error(`playtrail: your listener to "${name}" failed`, error);
    running.add(listener);
    try {
      Promise.resolve(listener(event as never)).catch(report);
    } catch (error) {
      report(error);
    } finally {
      running.delete(listener);
    }
  }

  return {
    on(name, listener) {
      // Wrapped, so that one function that listens twice is two listeners.
      const entry: Listener = (event) => listener(event);
      const all = byName.get(name) ?? new Set();
      byName.set(name, all.add(entry));
      return () => {
        all.delete(entry);
      };
    },
    tell(name, event) {
      for (const listener of byName.get(name) ?? []) call(name, listener, event);
    },
  };
}
