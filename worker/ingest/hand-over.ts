import { revokedKey } from "../auth/revoked.ts";
import { log } from "../log.ts";
import { returnRateLimited, takeRateLimited } from "../metrics/rate-limited.ts";
import { gameOf } from "../queue/game-of.ts";
import type { Parcel, Reception } from "../queue/parcel.ts";
import { queueNamed } from "../queue/shards.ts";
import type { RateLimited } from "../queue/tally.ts";
import type { Watched } from "../queue/watch.ts";
import type { Taking } from "./answer.ts";
import type { Handover } from "./judge-batch.ts";
import { offerShared } from "./shared-calls.ts";

/** How soon a client may send again what a queue could not be reached for. */
const UNREACHABLE_RETRY_S = 5;

/** Why a queue took nothing, and in how many seconds to send again. */
type Refusal = { kind: "full" | "unreachable"; retryAfterS: number };

/** What a queue took while somebody watches its game. */
export interface Seen {
  handover: Handover;
  duplicates: readonly number[];
  watched: Watched;
}

/** What the queues made of a request. */
export interface HandedOver {
  /** What became of every event that was not plainly taken, by its place in the request. */
  takings: Map<number, Taking>;
  /** How much of what the client says it dropped was counted, now or when the same was sent before. */
  droppedCounted: number;
  /** What was taken of games that somebody watches; absent: of none. */
  seen?: Seen[];
  /** Why events are to be sent again; the longest wait of all queues. Absent: none are. */
  refusal?: Refusal;
}

/** Hands each queue its part. One that takes nothing costs the others nothing. */
export async function handOver(env: Env, handovers: readonly Handover[]): Promise<HandedOver> {
  const takings = new Map<number, Taking>();
  const refusals: Refusal[] = [];
  let seen: Seen[] | undefined;
  let droppedCounted = 0;
  await Promise.all(
    handovers.map(async (handover) => {
      const { queue, parcel, indexes } = handover;
      const reception = await offer(env, queue, parcel);
      switch (reception.kind) {
        case "taken":
          for (const duplicate of reception.duplicates) takings.set(indexes[duplicate] ?? -1, "duplicate");
          droppedCounted += parcel.clientDropped;
          if (reception.watched !== undefined) {
            seen ??= [];
            seen.push({ handover, duplicates: reception.duplicates, watched: reception.watched });
          }
          return;
        case "revoked":
          throw revokedKey();
        default:
          for (const index of indexes) takings.set(index, "retry");
          // What was rejected stays so: there is nothing to send again.
          if (indexes.length > 0) refusals.push(reception);
      }
    }),
  );
  const outcome = { takings, droppedCounted, seen };
  return refusals.length === 0 ? outcome : { ...outcome, refusal: worst(refusals) };
}

async function offer(env: Env, queue: string, parcel: Parcel): Promise<Reception | Refusal> {
  try {
    return await offerShared(queue, parcel, (parcels) => call(env, queue, parcels));
  } catch (error) {
    log("error", "queue_unreachable", { queue, events: parcel.lengths.length, error: String(error) });
    return { kind: "unreachable", retryAfterS: UNREACHABLE_RETRY_S };
  }
}

/** Tells the queue, beside, of requests that were refused before they could come to it. */
async function call(env: Env, queue: string, parcels: Parcel[]): Promise<Reception[]> {
  const game = gameOf(queue);
  const rateLimited = takeRateLimited(game);
  if (rateLimited === undefined) return append(env, queue, parcels);
  try {
    return await append(env, queue, parcels, rateLimited);
  } catch (error) {
    returnRateLimited(game, rateLimited);
    throw error;
  }
}

/** An error of the platform's own may pass; an overloaded object only gets worse by asking again. A stub that threw is broken. */
async function append(
  env: Env,
  queue: string,
  parcels: Parcel[],
  rateLimited?: RateLimited,
): Promise<Reception[]> {
  try {
    return await queueNamed(env, queue).append(parcels, rateLimited);
  } catch (error) {
    const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
    if (!retryable || overloaded) throw error;
    return await queueNamed(env, queue).append(parcels, rateLimited);
  }
}

function worst(refusals: readonly Refusal[]): Refusal {
  const isFull = refusals.some(({ kind }) => kind === "full");
  const retryAfterS = Math.max(...refusals.map((refusal) => refusal.retryAfterS));
  return { kind: isFull ? "full" : "unreachable", retryAfterS };
}
