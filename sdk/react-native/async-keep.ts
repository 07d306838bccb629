import type { Keep } from "../core/keep.ts";

/** The part of AsyncStorage that is used. */
export interface AsyncStorage {
  getItem(key: string): Promise<string | null>;
  setItem(key: string, value: string): Promise<unknown>;
  removeItem(key: string): Promise<unknown>;
}

const DEVICE = "playtrail:device";
const QUEUE = "playtrail:queue";
const ASIDE = "playtrail:queue-aside";

/**
 * Keeps in AsyncStorage, under `playtrail:device` and `playtrail:queue`; a queue that is none, or a later version's, goes to
 * `playtrail:queue-aside`. One write follows the other, for two at once may end in either order; what is replaced before its turn comes is
 * not written. What could not be read is not written over: it may be there the next time.
 */
export function createAsyncKeep(storage: AsyncStorage): Keep {
  let device: string | null | undefined; // undefined: not read yet
  let queue: string | null = null;
  let isWriting = false;
  let isFailing = false;
  const untouchable = new Set<string>();
  const waiting = new Map<string, string | null>();

  /** Both at once, so that all is there when the client starts. */
  async function read(): Promise<string | null> {
    const [deviceRead, queueRead] = await Promise.all([get(DEVICE), get(QUEUE)]);
    if (device !== undefined) return device; // it was erased meanwhile
    if (deviceRead === undefined) untouchable.add(DEVICE);
    if (queueRead === undefined) untouchable.add(QUEUE);
    queue = queueRead ?? null;
    device = deviceRead ?? null;
    return device;
  }

  /** `undefined`: the storage failed. */
  async function get(key: string): Promise<string | null | undefined> {
    try {
      return await storage.getItem(key);
    } catch (error) {
      console.error(`playtrail: ${key} could not be read`, error);
      return undefined;
    }
  }

  function put(key: string, text: string | null): void {
    waiting.set(key, text);
    if (!isWriting) void write();
  }

  async function write(): Promise<void> {
    isWriting = true;
    for (const [key, text] of waiting) {
      waiting.delete(key);
      if (!untouchable.has(key)) await putNow(key, text);
    }
    isWriting = false;
  }

  async function putNow(key: string, text: string | null): Promise<void> {
    try {
      await (text === null ? storage.removeItem(key) : storage.setItem(key, text));
      isFailing = false;
      if (key === ASIDE) untouchable.delete(QUEUE);
    } catch (error) {
      // Said once, not with every event.
      if (!isFailing) console.error(`playtrail: ${key} could not be kept`, error);
      isFailing = true;
    }
  }

  function setAside(text: string): void {
    console.error(`playtrail: ${QUEUE} held no queue; it is put into ${ASIDE}`);
    untouchable.add(QUEUE); // until it is there
    put(ASIDE, text);
  }

  return {
    readDevice: () => (device === undefined ? read() : device),
    saveDevice(text) {
      device = text;
      put(DEVICE, text);
    },
    saveQueue: (text) => put(QUEUE, text),
    adopt(take) {
      if (queue !== null && !take(queue)) setAside(queue);
      queue = null;
    },
    erase() {
      device = null;
      queue = null;
      untouchable.clear();
      for (const key of [DEVICE, QUEUE, ASIDE]) put(key, null);
    },
  };
}
