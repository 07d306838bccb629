import type { BatchContext } from "../events/batch-context.ts";
import type { Judgement } from "../events/judge.ts";
import { log } from "../log.ts";
import { type Parcel, parcelOf } from "../queue/parcel.ts";
import { queueFor, queueNamed } from "../queue/shards.ts";
import type { Taking } from "./answer.ts";

type Accepted = Extract<Judgement, { status: "accepted" }>;

/** An event for a queue, and its place in the request. */
interface Offered extends Accepted {
  index: number;
}

/**
 * Offers what was accepted to its queues and says what became of each event that is not plainly taken. Counts of what was
 * rejected, and of what the client dropped, go to the key's game, or along with the first events of a key for all games.
 */
export async function handOver(
  env: Env,
  { keyGame, ending }: BatchContext,
  judgements: readonly Judgement[],
  clientDropped: number,
): Promise<Map<number, Taking>> {
  const queues = new Map<string, Offered[]>(keyGame === "*" ? [] : [[queueFor(keyGame), []]]);
  let rejected = 0;
  for (const [index, judgement] of judgements.entries()) {
    if (judgement.status === "rejected") rejected++;
    else push(queues, queueFor(judgement.game), { ...judgement, index });
  }
  const takings = new Map<number, Taking>();
  const calls = [...queues].map(async ([queue, events], turn) => {
    const counts = turn === 0 ? { rejected, clientDropped } : { rejected: 0, clientDropped: 0 };
    if (events.length === 0 && counts.rejected + counts.clientDropped === 0) return;
    await offer(env, queue, events, parcelOf(events, ending, counts), takings);
  });
  await Promise.all(calls);
  return takings;
}

async function offer(
  env: Env,
  queue: string,
  events: readonly Offered[],
  parcel: Parcel,
  takings: Map<number, Taking>,
): Promise<void> {
  try {
    const duplicates = await append(env, queue, parcel);
    for (const duplicate of duplicates ?? []) mark(takings, events[duplicate], "duplicate");
  } catch (error) {
    log("error", "queue_unreachable", { queue, events: events.length, error: String(error) });
    for (const event of events) mark(takings, event, "retry");
  }
}

/** An error of the platform's own may pass; an overloaded object only gets worse by asking again. A stub that threw is broken. */
async function append(env: Env, queue: string, parcel: Parcel): Promise<number[] | null> {
  try {
    return await queueNamed(env, queue).append(parcel);
  } catch (error) {
    const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
    if (!retryable || overloaded) throw error;
    return await queueNamed(env, queue).append(parcel);
  }
}

function mark(takings: Map<number, Taking>, event: Offered | undefined, taking: Taking): void {
  if (event) takings.set(event.index, taking);
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
