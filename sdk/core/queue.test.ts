import { expect, test } from "vitest";
import type { PendingEvent, Segment } from "./envelope.ts";
import { createQueue } from "./queue.ts";

const segment = (idSeed: string): Segment => ({
  idSeed,
  defaults: {},
  timeline: { base: 0, offsetMs: null },
});
const FIRST = segment("first");

function event(order: number, changes: Partial<PendingEvent> = {}): PendingEvent {
  const rest = { at: order, segment: FIRST, ownId: undefined, rank: 1, line: "{}", bytes: 10 };
  return { order, seq: order, ...rest, ...changes };
}

function filled(...events: PendingEvent[]) {
  const queue = createQueue(100);
  for (const one of events) queue.push(one);
  return queue;
}

const orders = (events: readonly PendingEvent[]) => events.map(({ order }) => order);
const ALL = { events: 99, bytes: 1_000 };

test("makes room by what matters least, the oldest of it first, and a tenth more than it must", () => {
  const ranks = [2, 1, 0, 1, 0, 6, 1, 0, 1, 0];
  const queue = filled(...ranks.map((rank, index) => event(index + 1, { rank })));
  expect(orders(queue.push(event(11, { rank: 6 })))).toEqual([3, 5]);
  expect(orders(queue.events())).toEqual([1, 2, 4, 6, 7, 8, 9, 10, 11]);
});

test("drops the newcomer where everything else matters more", () => {
  const queue = filled(...Array.from({ length: 9 }, (_, index) => event(index + 1, { rank: 6 })));
  expect(orders(queue.push(event(10, { rank: 0, bytes: 20 })))).toEqual([10]);
});

test("has the room again that batches took out", () => {
  const queue = filled(event(1, { bytes: 90 }));
  queue.take(ALL);
  expect(queue.push(event(2, { bytes: 100 }))).toEqual([]);
});

test("cuts a batch by count, by bytes, and where a segment ends", () => {
  const four = () => filled(event(1), event(2), event(3), event(4, { segment: segment("second") }));
  expect(orders(four().take({ events: 2, bytes: 1_000 }))).toEqual([1, 2]);
  expect(orders(four().take({ events: 9, bytes: 29 }))).toEqual([1, 2]);
  expect(orders(four().take(ALL))).toEqual([1, 2, 3]);
});

test("gives an event that is larger than a batch alone", () => {
  expect(orders(filled(event(1, { bytes: 50 }), event(2)).take({ events: 9, bytes: 20 }))).toEqual([1]);
});

test("puts back where it was", () => {
  const queue = filled(event(1), event(2), event(3), event(4), event(5));
  const first = queue.take({ events: 2, bytes: 99 });
  const second = queue.take({ events: 2, bytes: 99 });
  queue.putBack(second);
  queue.putBack(first.slice(1));
  expect(orders(queue.events())).toEqual([2, 3, 4, 5]);
});

test("fills a batch by count or by bytes", () => {
  const queue = filled(event(1), event(2));
  expect(queue.fills({ events: 2, bytes: 1_000 })).toBe(true);
  expect(queue.fills({ events: 9, bytes: 20 })).toBe(true);
  expect(queue.fills({ events: 9, bytes: 21 })).toBe(false);
});
