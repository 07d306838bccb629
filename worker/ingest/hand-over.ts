import { log } from "../log.ts";
import type { Parcel, Reception } from "../queue/parcel.ts";
import { queueNamed } from "../queue/shards.ts";
import type { Taking } from "./answer.ts";
import type { Handover } from "./judge-batch.ts";

/** Hands each queue its part and says what became of every event that was not plainly taken, by its place in the request. */
export async function handOver(env: Env, handovers: readonly Handover[]): Promise<Map<number, Taking>> {
  const takings = new Map<number, Taking>();
  await Promise.all(handovers.map((handover) => offer(env, handover, takings)));
  return takings;
}

async function offer(
  env: Env,
  { queue, parcel, indexes }: Handover,
  takings: Map<number, Taking>,
): Promise<void> {
  try {
    const [reception] = await append(env, queue, [parcel]);
    if (reception?.kind !== "taken") throw new Error(`the queue said ${reception?.kind}`);
    for (const duplicate of reception.duplicates) takings.set(indexes[duplicate] ?? -1, "duplicate");
  } catch (error) {
    log("error", "queue_unreachable", { queue, events: indexes.length, error: String(error) });
    for (const index of indexes) takings.set(index, "retry");
  }
}

/** An error of the platform's own may pass; an overloaded object only gets worse by asking again. A stub that threw is broken. */
async function append(env: Env, queue: string, parcels: Parcel[]): Promise<Reception[]> {
  try {
    return await queueNamed(env, queue).append(parcels);
  } catch (error) {
    const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
    if (!retryable || overloaded) throw error;
    return await queueNamed(env, queue).append(parcels);
  }
}
