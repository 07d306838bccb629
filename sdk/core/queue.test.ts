import { expect, test } from "vitest";
import type { PendingEvent } from "./envelope.ts";
import { createQueue } from "./queue.ts";

function event(seq: number, bytes = 10, sessionId = "s1"): PendingEvent {
  return { seq, at: seq, sessionId, ownId: undefined, line: "{}", bytes };
}

function filled(...events: PendingEvent[]) {
  const queue = createQueue(100);
  for (const one of events) queue.push(one);
  return queue;
}

const seqs = (events: PendingEvent[]) => events.map(({ seq }) => seq);

test("takes no more than it may hold, and the room that settled events leave", () => {
  const queue = filled(event(1, 60));
  expect(queue.push(event(2, 41))).toBe(false);
  expect(queue.push(event(3, 40))).toBe(true);
  queue.settle(1, []);
  expect(queue.push(event(4, 61))).toBe(false);
  expect(queue.push(event(5, 60))).toBe(true);
  expect(seqs(queue.peek({ events: 10, bytes: 1_000 }))).toEqual([3, 5]);
});

test("cuts a batch by count, by bytes, and where a session ends", () => {
  const queue = filled(event(1), event(2), event(3), event(4, 10, "s2"));
  expect(seqs(queue.peek({ events: 2, bytes: 1_000 }))).toEqual([1, 2]);
  expect(seqs(queue.peek({ events: 9, bytes: 29 }))).toEqual([1, 2]);
  expect(seqs(queue.peek({ events: 9, bytes: 1_000 }))).toEqual([1, 2, 3]);
});

test("gives an event that is larger than a batch alone", () => {
  expect(seqs(filled(event(1, 50), event(2)).peek({ events: 9, bytes: 20 }))).toEqual([1]);
});

test("puts what must be sent again in front", () => {
  const queue = filled(event(1), event(2), event(3), event(4));
  queue.settle(3, [event(2)]);
  expect(seqs(queue.peek({ events: 9, bytes: 1_000 }))).toEqual([2, 4]);
  expect([queue.size(), queue.oldest()?.seq, queue.newest()?.seq]).toEqual([2, 2, 4]);
});

test("fills a batch by count or by bytes", () => {
  const queue = filled(event(1), event(2));
  expect(queue.fills({ events: 2, bytes: 1_000 })).toBe(true);
  expect(queue.fills({ events: 9, bytes: 20 })).toBe(true);
  expect(queue.fills({ events: 9, bytes: 21 })).toBe(false);
});
