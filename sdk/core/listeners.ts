import type { ClientEvents } from "./types.ts";

/** Those who listen to a client: a function once to each event, as with `addEventListener`. */
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
    running.add(listener);
    // Runs at once; what it throws is a rejection.
    const ended = (async () => listener(event as never))();
    running.delete(listener);
    ended.catch((error) => console.error(`playtrail: a listener to ${name} failed`, error));
  }

  return {
    on(name, listener) {
      const all = byName.get(name) ?? new Set();
      byName.set(name, all.add(listener));
      return () => {
        all.delete(listener);
      };
    },
    tell(name, event) {
      const all = byName.get(name);
      // A copy: one that leaves and listens anew is not to hear of the same thing again.
      for (const listener of [...(all ?? [])]) if (all?.has(listener)) call(name, listener, event);
    },
  };
}
