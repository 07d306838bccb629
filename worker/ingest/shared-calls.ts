import { waitUntil } from "cloudflare:workers";
import type { Parcel, Reception } from "../queue/parcel.ts";

/** While a call is under way others gather for so long. */
const GATHER_MS = 2;

/** What one call carries at most: far within the 32 MiB that the platform allows, and soon written. */
const MAX_CALL_EVENTS = 1_000;
const MAX_CALL_BYTES = 4 * 1024 * 1024;

/** Longer than a queue ever takes. Then the request that made the call is gone, or its queue is. */
const DEADLINE_MS = 10_000;

/** Hands parcels to a queue in one call, which answers for each of them. */
type Append = (parcels: Parcel[]) => Promise<Reception[]>;

/** A request's place in a call. */
interface Seat {
  parcel: Parcel;
  resolve: (reception: Reception) => void;
  reject: (error: unknown) => void;
}

/** Requests that share one call. The first of them makes it, in its own context: a context's I/O is no other's to use. */
class Group {
  readonly seats: Seat[] = [];
  #events = 0;
  #bytes = 0;

  hasRoomFor(parcel: Parcel): boolean {
    return (
      this.#events + parcel.lengths.length <= MAX_CALL_EVENTS &&
      this.#bytes + bytesOf(parcel) <= MAX_CALL_BYTES
    );
  }

  add(seat: Seat): void {
    this.seats.push(seat);
    this.#events += seat.parcel.lengths.length;
    this.#bytes += bytesOf(seat.parcel);
  }
}

function bytesOf({ lines, rejections }: Parcel): number {
  return rejections.reduce((sum, { line }) => sum + line.byteLength, lines.byteLength);
}

/**
 * The calls of this isolate to one queue. A call costs as much as all else that a small request takes, so concurrent requests
 * share one: where none is under way a request calls at once, on its own; while one is, those that come gather for a moment, and call
 * together.
 *
 * Each promise is made by the request that awaits it, and only settled by another: it then goes on in its own context. And
 * each request has a timer of its own while it waits: the runtime ends a request that has no I/O of its own to wait for.
 */
export class SharedCalls {
  #gathering: Group | undefined;
  readonly #underWay = new Set<Group>();

  get isIdle(): boolean {
    return this.#gathering === undefined && this.#underWay.size === 0;
  }

  /** What the queue says to a parcel. Rejects where its call fails, or is not answered. */
  async offer(parcel: Parcel, append: Append): Promise<Reception> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise((resolve, reject) => {
        const group = this.#join({ parcel, resolve, reject }, append);
        timer = setTimeout(() => {
          this.#forget(group);
          reject(new Error(`no answer within ${DEADLINE_MS} ms`));
        }, DEADLINE_MS);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #join(seat: Seat, append: Append): Group {
    const open = this.#gathering;
    if (open?.hasRoomFor(seat.parcel)) {
      open.add(seat);
      return open;
    }
    const group = new Group();
    group.add(seat);
    this.#gathering = group;
    // Others depend on it, also where its own client has gone.
    waitUntil(this.#lead(group, append));
    return group;
  }

  async #lead(group: Group, append: Append): Promise<void> {
    if (this.#underWay.size > 0) await gathered();
    if (this.#gathering === group) this.#gathering = undefined;
    this.#underWay.add(group);
    try {
      const receptions = await append(group.seats.map(({ parcel }) => parcel));
      for (const [index, { resolve }] of group.seats.entries()) resolve(answerTo(index, receptions));
    } catch (error) {
      for (const { reject } of group.seats) reject(error);
    } finally {
      this.#forget(group);
    }
  }

  /** Nobody waits for a group that is forgotten: not even where its first request has died and will never call. */
  #forget(group: Group): void {
    this.#underWay.delete(group);
    if (this.#gathering === group) this.#gathering = undefined;
  }
}

/** By the caller's own timer alone: of a request that another one has woken the runtime now and then never sends the call. */
function gathered(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, GATHER_MS));
}

/** Without this flag, on by default since 2024-10-14, what another request settles would go on in that one's context, and break. */
const CAN_SHARE = Cloudflare.compatibilityFlags.handle_cross_request_promise_resolution === true;

const queues = new Map<string, SharedCalls>();

/** Offers a parcel to a queue, together with what other requests of this isolate have for it at the same time. */
export async function offerShared(queue: string, parcel: Parcel, append: Append): Promise<Reception> {
  if (!CAN_SHARE) return offerAlone(parcel, append);
  const calls = queues.get(queue) ?? new SharedCalls();
  queues.set(queue, calls);
  try {
    return await calls.offer(parcel, append);
  } finally {
    if (calls.isIdle && queues.get(queue) === calls) queues.delete(queue);
  }
}

async function offerAlone(parcel: Parcel, append: Append): Promise<Reception> {
  return answerTo(0, await append([parcel]));
}

function answerTo(index: number, receptions: readonly Reception[]): Reception {
  const reception = receptions[index];
  if (reception === undefined) throw new Error("the queue did not answer for every parcel");
  return reception;
}
