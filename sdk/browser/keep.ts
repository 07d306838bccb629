import { type Keep, NO_KEEP } from "../core/keep.ts";
import { randomUuid } from "../core/uuid.ts";

/** Without Web Locks (plain http), a queue that was not touched for so long is thought to be left behind. */
const ABANDONED_MS = 5 * 60_000;

/**
 * Keeps in `localStorage`, under `playtrail:<game>:`: `device`, and a queue for each tab, `queue:<tab>`. A tab holds a lock by its queue's name;
 * a queue whose lock is free is of a tab that is gone. `sessionStorage` has the note for the tab's next page.
 */
export function createBrowserKeep(key: string): Keep {
  const prefix = `playtrail:${gameOf(key)}:`;
  const queuePrefix = `${prefix}queue:`;
  const own = queuePrefix + randomUuid();
  let isHeld = false;
  try {
    localStorage.getItem(own);
    sessionStorage.getItem(own);
  } catch {
    return NO_KEEP; // a frame of another site, or cookies are off
  }

  /** A queue is kept as `<when>|<snapshot>`. */
  function saveQueue(snapshot: string | null): void {
    if (snapshot === null) localStorage.removeItem(own);
    else {
      hold();
      set(localStorage, own, `${Date.now()}|${snapshot}`);
    }
  }

  function hold(): void {
    if (isHeld) return;
    isHeld = true;
    void navigator.locks?.request(own, () => new Promise(() => {})).catch(() => {});
  }

  function adoptQueue(name: string, take: (snapshot: string) => void): void {
    const text = localStorage.getItem(name);
    if (text === null) return;
    take(text.slice(text.indexOf("|") + 1));
    localStorage.removeItem(name);
  }

  return {
    readDevice: () => localStorage.getItem(`${prefix}device`),
    saveDevice: (text) => set(localStorage, `${prefix}device`, text),
    saveQueue,
    adopt(take) {
      for (const name of namesOf(localStorage, queuePrefix)) {
        if (name === own) continue;
        if (navigator.locks) {
          const takeIfFree = (lock: unknown) => lock && adoptQueue(name, take);
          void navigator.locks.request(name, { ifAvailable: true }, takeIfFree).catch(() => {});
        } else if (Date.now() - Number.parseInt(localStorage.getItem(name) ?? "", 10) > ABANDONED_MS) {
          adoptQueue(name, take);
        }
      }
    },
    saveNote: (text) => set(sessionStorage, `${prefix}note`, text),
    takeNote() {
      const note = sessionStorage.getItem(`${prefix}note`);
      sessionStorage.removeItem(`${prefix}note`);
      return note;
    },
    erase() {
      for (const storage of [localStorage, sessionStorage])
        for (const name of namesOf(storage, prefix)) storage.removeItem(name);
    },
  };
}

function set(storage: Storage, name: string, text: string): void {
  try {
    storage.setItem(name, text);
  } catch {
    // Full. What was kept before stays; the rest is in memory.
  }
}

function namesOf(storage: Storage, prefix: string): string[] {
  return Object.keys(storage).filter((name) => name.startsWith(prefix));
}

/** Several games may share an origin. The key, a JWT, says which one this is; a new key of the same game finds what the old one left. */
function gameOf(key: string): string {
  try {
    return JSON.parse(atob((key.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/"))).game;
  } catch {
    return "";
  }
}
