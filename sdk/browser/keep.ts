import { type Keep, NO_KEEP } from "../core/keep.ts";
import { SESSION_IDLE_MS } from "../core/sessions.ts";
import { randomUuid } from "../core/uuid.ts";

/** Without Web Locks (plain http), a queue that was not touched for so long is thought to be left behind. */
const ABANDONED_MS = 5 * 60_000;

/**
 * Keeps in `localStorage`, under `playtrail:<game>:`: `device`; for each page a queue, `queue:<page>`, while anything waits; and what it left
 * for the next page of its tab, `note:<page>`. Queues and notes stand as `<when>|<text>`. A page holds a lock by its queue's name until it
 * is `closed` or gone: then the queue is whoever's gets the lock. Which note is a tab's, its `sessionStorage` says, under `playtrail:<game>:note`.
 */
export function createBrowserKeep(key: string, closed: AbortSignal): Keep {
  const prefix = `playtrail:${gameOf(key)}:`;
  const page = randomUuid();
  const own = `${prefix}queue:${page}`;
  const pointer = `${prefix}note`;
  let isHeld = false;
  let isErased = false;
  let isKept = true;
  try {
    localStorage.getItem(own);
    sessionStorage.getItem(own);
  } catch {
    return NO_KEEP; // a frame of another site, or cookies are off
  }

  function hold(): void {
    if (isHeld) return;
    isHeld = true;
    const untilClosed = () =>
      closed.aborted || new Promise((resolve) => closed.addEventListener("abort", resolve));
    void navigator.locks?.request(own, untilClosed).catch(() => {});
  }

  function adoptQueue(name: string, take: (snapshot: string) => boolean): void {
    const snapshot = isErased ? null : read(name);
    // What cannot be read may be of a later version, which a page still has that is open elsewhere.
    if (snapshot !== null && take(snapshot) && isKept) localStorage.removeItem(name);
  }

  return {
    readDevice: () => localStorage.getItem(`${prefix}device`),
    saveDevice: (text) => void set(localStorage, `${prefix}device`, text),
    saveQueue(snapshot) {
      if (snapshot === null) localStorage.removeItem(own);
      else {
        hold();
        isKept = write(own, snapshot);
      }
    },
    adopt(take) {
      for (const name of namesOf(localStorage, `${prefix}queue:`)) {
        if (name === own) continue;
        if (navigator.locks) {
          // Granted at once where the page is gone, and otherwise when it goes. The page before in this tab may be just about to.
          const adopt = () => adoptQueue(name, take);
          void navigator.locks.request(name, { signal: closed }, adopt).catch(() => {});
        } else if (ageOf(name) > ABANDONED_MS) adoptQueue(name, take);
      }
    },
    saveNote(text) {
      const name = `${prefix}note:${page}`;
      // A tab may be copied, and its storage with it: of all that point to a note, whoever comes first gets it.
      set(sessionStorage, pointer, name);
      write(name, text);
    },
    takeNote() {
      const name = sessionStorage.getItem(pointer) ?? "";
      sessionStorage.removeItem(pointer);
      const note = read(name);
      localStorage.removeItem(name);
      // Of tabs that were closed.
      for (const old of namesOf(localStorage, `${prefix}note:`)) {
        if (ageOf(old) > SESSION_IDLE_MS) localStorage.removeItem(old);
      }
      return note;
    },
    erase() {
      isErased = true;
      for (const storage of [localStorage, sessionStorage])
        for (const name of namesOf(storage, prefix)) storage.removeItem(name);
    },
  };
}

function write(name: string, text: string): boolean {
  return set(localStorage, name, `${Date.now()}|${text}`);
}

function read(name: string): string | null {
  const text = localStorage.getItem(name);
  return text === null ? null : text.slice(text.indexOf("|") + 1);
}

function ageOf(name: string): number {
  return Date.now() - Number.parseInt(localStorage.getItem(name) ?? "", 10);
}

/** Whether there was room. Where not, what was kept before stays; the rest is in memory. */
function set(storage: Storage, name: string, text: string): boolean {
  try {
    storage.setItem(name, text);
    return true;
  } catch {
    return false;
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
