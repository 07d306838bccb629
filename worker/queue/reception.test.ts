import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import {
  append,
  ENDING,
  events,
  expectBalanced,
  firehose,
  NO_COUNTS,
  newQueue,
  numbersTo,
  type Queue,
} from "../testing/queue.ts";
import { parcelOf, type Rejection } from "./parcel.ts";

afterEach(() => firehose.fault("none"));

const rejections = (count: number): Rejection[] =>
  numbersTo(count).map((n) => ({ user: null, line: new TextEncoder().encode(`{"rejected":${n}}\n`) }));

const linesIn = (queue: Queue) =>
  runInDurableObject(queue, (_, { storage }) =>
    storage.sql
      .exec<{ lines: ArrayBuffer }>("SELECT lines FROM outbox WHERE NOT is_event ORDER BY seq")
      .toArray()
      .flatMap(({ lines }) => new TextDecoder().decode(lines).split("\n").slice(0, -1)),
  );

describe("rejected events", () => {
  it("wait as lines of their own, in records of their own, and are no accepted events", async () => {
    const queue = newQueue();
    await append(queue, [1, 2], { keys: ["k"], rejected: 3, rejections: rejections(3) });
    const { depth, totals } = await queue.stats();
    expect([depth.events, totals.accepted, totals.rejected, totals.rejected_unrecorded]).toEqual([
      2, 2, 3, 0,
    ]);
    expect(await linesIn(queue)).toEqual(['{"rejected":1}', '{"rejected":2}', '{"rejected":3}']);
    const before = await firehose.events();
    const stats = await queue.flush();
    expectBalanced(stats);
    expect(stats.totals).toMatchObject({ delivered: 2, firehose_calls: 1, firehose_records: 2 });
    expect(await firehose.events()).toBe(before + 5);
  });

  it("are written up to a bound for each key and minute; the rest is counted", async () => {
    const queue = newQueue();
    for (const key of ["noisy", "noisy", "quiet"]) {
      await append(queue, [], { keys: [key], rejected: 80, rejections: rejections(80) });
    }
    expect((await linesIn(queue)).length).toBe(80 + 20 + 80);
    expect((await queue.stats()).totals).toMatchObject({ rejected: 240, rejected_unrecorded: 60 });
    await evictDurableObject(queue);
    expect((await queue.stats()).totals).toMatchObject({ rejected: 240, rejected_unrecorded: 60 });
  });

  it("are counted where the Worker sent no line of them", async () => {
    const queue = newQueue();
    await append(queue, [], { keys: ["k"], rejected: 500, rejections: rejections(1) });
    expect((await queue.stats()).totals).toMatchObject({ rejected: 500, rejected_unrecorded: 499 });
  });
});

describe("a notice", () => {
  it("is durable, delivered, and no event", async () => {
    const queue = newQueue();
    await queue.notify([new TextEncoder().encode('{"record_type":"erasure"}\n')]);
    await evictDurableObject(queue);
    expect(await linesIn(queue)).toEqual(['{"record_type":"erasure"}']);
    const { depth, totals } = await queue.flush();
    expect([depth.bytes, totals.accepted, totals.delivered, totals.firehose_records]).toEqual([0, 0, 0, 1]);
  });

  it("that Firehose refuses is a dead letter that counts as no event", async () => {
    const queue = newQueue();
    await firehose.fault("refuse_record", 1, "erasure");
    await queue.notify([new TextEncoder().encode('{"record_type":"erasure"}\n')]);
    await append(queue, [1]);
    for (let i = 0; i < 6; i++) await queue.flush();
    const stats = await queue.stats();
    expectBalanced(stats);
    expect([stats.totals.delivered, stats.totals.dead_lettered, stats.dead_letters.events]).toEqual([
      1, 0, 0,
    ]);
    expect(stats.dead_letters.bytes).toBeGreaterThan(0);
    await firehose.fault("none");
    expect(await queue.replay({})).toBe(0);
    expect((await queue.flush()).depth.bytes).toBe(0);
  });
});

describe("a full queue", () => {
  /** Makes a queue believe that it holds so much. */
  const stuff = async (queue: Queue, bytes: number) => {
    await append(queue, [1]);
    await runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec("UPDATE outbox SET lines = zeroblob(?)", bytes);
    });
    await evictDurableObject(queue);
  };

  const offer = async (queue: Queue, numbers: number[]) => {
    const [reception] = await queue.append([parcelOf(events(numbers), ENDING, NO_COUNTS)]);
    return reception;
  };

  it("takes nothing more, says when to come again, and forgets nothing of what was refused", async () => {
    const queue = newQueue();
    const { QUEUE_MAX_BYTES } = env as unknown as { QUEUE_MAX_BYTES: string };
    await stuff(queue, Number(QUEUE_MAX_BYTES) - 100);
    const refused = await offer(queue, numbersTo(10, 2));
    expect(refused).toEqual({ kind: "full", retryAfterS: expect.any(Number) });
    const stats = await queue.stats();
    expect([stats.totals.accepted, stats.depth.events]).toEqual([1, 1]);

    await runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec("UPDATE outbox SET lines = ?", new TextEncoder().encode("{}\n"));
    });
    await evictDurableObject(queue);
    expect(await offer(queue, numbersTo(10, 2))).toEqual({ kind: "taken", duplicates: [] });
  });

  it("counts what comes at the same moment", async () => {
    const queue = newQueue();
    const { QUEUE_MAX_BYTES } = env as unknown as { QUEUE_MAX_BYTES: string };
    await stuff(queue, Number(QUEUE_MAX_BYTES) - 100);
    const kinds = await runInDurableObject(queue, async (instance) => {
      const parcels = [2, 3, 4, 5].map((n) => parcelOf(events([n]), ENDING, NO_COUNTS));
      const receptions = await Promise.all(parcels.map((parcel) => instance.append([parcel])));
      return receptions.flat().map(({ kind }) => kind);
    });
    expect(kinds).toEqual(["taken", "taken", "full", "full"]);
  });
});
