import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { ID_BYTES } from "../../events/ids.ts";

let objects = 0;

/** Runs `work` with the storage of an object that no other test uses. */
export const withStorage = <T>(work: (storage: DurableObjectStorage) => T): Promise<T> =>
  runInDurableObject(env.GAME_QUEUE.getByName(`dedup_${++objects}`), (_, { storage }) => work(storage));

/** Packed ids `from` to `from + count`, alike but for their last word, as those of one SDK session are. 0 is the nil UUID. */
export function countedIds(from: number, count: number): Uint8Array {
  const ids = new Uint8Array(count * ID_BYTES);
  const view = new DataView(ids.buffer);
  for (let i = 0; i < count; i++) view.setUint32(i * ID_BYTES + 12, from + i);
  return ids;
}
