import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBrowserKeep } from "./keep.ts";

const QUEUE = "playtrail::queue:a-page-that-crashed";

/** A page's storage: its own properties are its keys, as in a browser. */
class PageStorage {
  [key: string]: unknown;
  getItem(key: string): unknown {
    return Object.hasOwn(this, key) ? this[key] : null;
  }
  setItem(key: string, text: string): void {
    this[key] = text;
  }
  removeItem(key: string): void {
    delete this[key];
  }
}

let storage: PageStorage;

beforeEach(() => {
  storage = new PageStorage();
  vi.stubGlobal("localStorage", storage);
  vi.stubGlobal("sessionStorage", new PageStorage());
  vi.stubGlobal("navigator", {});
  storage.setItem(QUEUE, "0|what it left");
});

afterEach(() => vi.unstubAllGlobals());

/** Takes over what was left, and keeps it as its own. */
function adopt(): void {
  const keep = createBrowserKeep("a-key", new AbortController().signal);
  keep.adopt((text) => {
    keep.saveQueue(text);
    return true;
  });
}

test("a queue that is taken over is kept by its new page alone", () => {
  adopt();
  expect(storage.getItem(QUEUE)).toBeNull();
  expect(Object.values(storage)).toEqual([expect.stringMatching(/\|what it left$/)]);
});

test("where there is no room for it, it stays where it is", () => {
  storage.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  adopt();
  expect(storage.getItem(QUEUE)).toBe("0|what it left");
});
