import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { seededId } from "../events/ids.ts";
import type { Delivery } from "../queue/breaker.ts";
import type { GameQueue } from "../queue/game-queue.ts";
import { type Accompaniment, type Parcel, parcelOf } from "../queue/parcel.ts";
import type { ShardStats } from "../queue/stats.ts";

const SEED = "01890a5d-ac96-774b-bcce-b302099a8057";

let games = 0;

/** A queue that no other test has touched. */
export const newQueue = () => env.GAME_QUEUE.getByName(`game_${++games}/enam/0`);

export type Queue = DurableObjectStub<GameQueue>;

/** Events with the ids of these numbers, as the Worker hands them over. */
export const events = (numbers: number[], { user = "player", text = "" } = {}) =>
  numbers.map((n) => ({
    eventId: seededId(SEED, n),
    userId: user,
    json: JSON.stringify({ n, user_id: user, text }),
  }));

/** Lines end with nothing but what they must. */
export const ENDING = new TextEncoder().encode("}\n");

export const NO_COUNTS = { keys: [], rejected: 0, rejections: [], clientDropped: 0 };

/** One parcel, and the indexes of its duplicates. */
export const hand = async (queue: Queue | GameQueue, parcel: Parcel) => {
  const [reception] = await queue.append([parcel]);
  if (reception?.kind !== "taken") throw new Error(`the queue said ${reception?.kind}`);
  return [...reception.duplicates];
};

/** Hands over events, and says which of them the queue had already, by their place. */
export const append = (
  queue: Queue,
  numbers: number[],
  { user, ...counts }: Partial<Accompaniment> & { user?: string } = {},
) => hand(queue, parcelOf(events(numbers, { user }), ENDING, { ...NO_COUNTS, ...counts }));

export const numbersTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

export const firehose = {
  async fault(mode: string, rate = 1, match?: string) {
    const response = await fetch(`${env.FIREHOSE_ENDPOINT}/__faults`, {
      method: "POST",
      body: JSON.stringify({ mode, rate, match }),
    });
    expect(response.status).toBe(200);
  },
  async events(): Promise<number> {
    const response = await fetch(`${env.FIREHOSE_ENDPOINT}/__stats`);
    return ((await response.json()) as { events: number }).events;
  },
};

/** What must always hold, whatever happened: nothing accepted is unaccounted for. */
export function expectBalanced({ totals, depth, dead_letters }: ShardStats): void {
  expect(totals.received).toBe(totals.accepted + totals.duplicates + totals.rejected);
  const { accepted, delivered, purged, erased } = totals;
  expect(accepted).toBe(delivered + depth.events + dead_letters.events + purged + erased);
}

/** Rewrites what a queue has stored of its delivery, as if it had lived through that; it wakes up anew. */
export async function rewriteDelivery(queue: Queue, change: Partial<Delivery>): Promise<void> {
  await queue.append([parcelOf([], ENDING, NO_COUNTS)]);
  await runInDurableObject(queue, (_, { storage }) => {
    const [row] = storage.sql.exec<{ json: string }>("SELECT json FROM state").toArray();
    const state = JSON.parse(row?.json ?? "");
    Object.assign(state.delivery, change);
    storage.sql.exec("UPDATE state SET json = ?", JSON.stringify(state));
  });
  await evictDurableObject(queue);
}

/** Delivers until nothing waits. */
export async function settle(queue: Queue): Promise<void> {
  for (let i = 0; i < 200 && (await queue.stats()).depth.bytes > 0; i++) await queue.flush();
  // A failure on the way has set an alarm that comes within a second: it would deliver what the test leaves waiting next.
  await runInDurableObject(queue, (_, { storage }) => storage.deleteAlarm());
}

/** What is delivered of the event with this number. */
export const lineOf = (n: number, user = "player") => `${JSON.stringify({ n, user_id: user, text: "" })}\n`;

export const alarmOf = (queue: Queue) => runInDurableObject(queue, (_, { storage }) => storage.getAlarm());
