import type { Keep } from "../core/keep.ts";

/** The part of AsyncStorage that is used. */
export interface AsyncStorage {
  getItem(key: string): Promise<string | null>;
  setItem(key: string, value: string): Promise<unknown>;
  removeItem(key: string): Promise<unknown>;
}

const DEVICE = "playtrail:device";
const QUEUE = "playtrail:queue";

/** Keeps in AsyncStorage, under `playtrail:device` and `playtrail:queue`. One write follows the other: two at once may end in either order. */
export function createAsyncKeep(storage: AsyncStorage): Keep {
  let device: string | null | undefined;
  let queue: string | null = null;
  let last: Promise<unknown> = Promise.resolve();

  function then(act: () => Promise<unknown>): void {
    last = last.then(act).catch((error) => console.error("playtrail: the storage failed", error));
  }

  /** Both at once, so that all is there when the client starts. */
  async function read(): Promise<string | null> {
    try {
      [device, queue] = await Promise.all([storage.getItem(DEVICE), storage.getItem(QUEUE)]);
    } catch (error) {
      console.error("playtrail: the storage failed", error);
      device = null;
    }
    return device;
  }

  return {
    readDevice: () => (device === undefined ? read() : device),
    saveDevice(text) {
      device = text;
      then(() => storage.setItem(DEVICE, text));
    },
    saveQueue: (text) =>
      then(() => (text === null ? storage.removeItem(QUEUE) : storage.setItem(QUEUE, text))),
    adopt(take) {
      if (queue !== null) take(queue);
      queue = null;
    },
    erase() {
      device = null;
      queue = null;
      then(() => storage.removeItem(DEVICE));
      then(() => storage.removeItem(QUEUE));
    },
  };
}
