import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  alarmOf,
  append,
  ENDING,
  events,
  expectBalanced,
  firehose,
  hand,
  lineOf,
  NO_COUNTS,
  newQueue,
  numbersTo,
  rewriteDelivery,
  settle,
} from "../testing/queue.ts";
import { parcelOf } from "./parcel.ts";
import { registryOf } from "./registry.ts";

afterEach(() => firehose.fault("none"));

describe("a queue", () => {
  it("takes events in one row a request, and sets one alarm for them all", async () => {
    const queue = newQueue();
    await append(queue, []);
    const before = (await queue.stats()).totals.rows_written;
    for (let i = 0; i < 5; i++) await append(queue, numbersTo(i * 50 + 50, i * 50 + 1));
    const { depth, totals } = await queue.stats();
    expect([depth.events, totals.accepted, totals.rows_written]).toEqual([250, 250, before + 5]);
    expect(await alarmOf(queue)).toBeGreaterThan(Date.now());
  });

  it("lets concurrent calls share a row, and tells each of its own duplicates", async () => {
    const queue = newQueue();
    await append(queue, []);
    const before = (await queue.stats()).totals.rows_written;
    const duplicates = await runInDurableObject(queue, (instance) => {
      const parcels = [[1, 2], [2, 3], [1, 2, 3], [4], []].map((numbers) =>
        parcelOf(events(numbers), ENDING, NO_COUNTS),
      );
      return Promise.all(parcels.map((parcel) => hand(instance, parcel)));
    });
    expect(duplicates).toEqual([[], [0], [0, 1, 2], [], []]);
    const stats = await queue.stats();
    expectBalanced(stats);
    expect(stats.totals).toMatchObject({ accepted: 4, duplicates: 4, rows_written: before + 1 });
  });

  it("delivers on its alarm, packed into as few records as fit, and then rests", async () => {
    const queue = newQueue();
    const before = await firehose.events();
    for (let i = 0; i < 30; i++) await append(queue, numbersTo(i * 20 + 20, i * 20 + 1));
    expect(await runDurableObjectAlarm(queue)).toBe(true);
    const stats = await queue.stats();
    expectBalanced(stats);
    expect(stats.totals).toMatchObject({ delivered: 600, firehose_calls: 1, firehose_records: 2 });
    expect(stats.totals.firehose_billed_bytes).toBeGreaterThanOrEqual(stats.totals.firehose_bytes);
    expect(stats.delivery.last_success_at).not.toBe(null);
    expect(await firehose.events()).toBe(before + 600);
    expect(await alarmOf(queue)).toBe(null);
  });

  it("splits what is too large for one record, and for one call", async () => {
    const queue = newQueue();
    const large = events(numbersTo(60), { text: "x".repeat(60_000) });
    await queue.append([parcelOf(large, ENDING, NO_COUNTS)]);
    const { totals } = await queue.flush();
    expect(totals).toMatchObject({ delivered: 60, firehose_records: 4, firehose_calls: 4 });
  });

  it("sets a new alarm where the platform has lost the one that was due", async () => {
    const queue = newQueue();
    await append(queue, [1]);
    vi.setSystemTime(Date.now() + 3_600_000);
    try {
      await runInDurableObject(queue, async (instance, { storage }) => {
        await storage.deleteAlarm();
        await instance.append([parcelOf(events([2]), ENDING, NO_COUNTS)]);
      });
      expect(await alarmOf(queue)).not.toBe(null);
    } finally {
      vi.useRealTimers();
    }
  });

  it("lets what comes during a delivery wait its turn", async () => {
    const queue = newQueue();
    await append(queue, [1]);
    await runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec("UPDATE outbox SET at = ?", Date.now() - 3_600_000);
    });
    await evictDurableObject(queue);
    await firehose.fault("unavailable");
    await runInDurableObject(queue, async (instance, { storage }) => {
      const delivering = instance.alarm();
      await instance.append([parcelOf(events([2]), ENDING, NO_COUNTS)]);
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now() + 60_000);
      await delivering;
    });
    expect((await queue.stats()).totals.firehose_calls).toBe(1);
  });

  it("knows what it has seen, in the outbox and after delivery, before eviction and after", async () => {
    const queue = newQueue();
    expect(await append(queue, [1, 2, 2])).toEqual([2]);
    await queue.flush();
    expect(await append(queue, [2, 3])).toEqual([0]);
    await evictDurableObject(queue);
    expect(await append(queue, [1, 2, 3, 4])).toEqual([0, 1, 2]);
    const stats = await queue.stats();
    expectBalanced(stats);
    expect(stats.totals).toMatchObject({ received: 9, accepted: 4, duplicates: 5, delivered: 2 });
  });

  it("forgets ids after the window, in storage too", async () => {
    const queue = newQueue();
    await append(queue, [1]);
    await queue.flush();
    await runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec("UPDATE seen SET at = ?", Date.now() - 86_400_001);
    });
    await evictDurableObject(queue);
    expect(await append(queue, [1])).toEqual([]);
    await queue.flush();
    const rows = await runInDurableObject(
      queue,
      (_, { storage }) => storage.sql.exec("SELECT * FROM seen").toArray().length,
    );
    expect(rows).toBe(1);
  });

  it("keeps its numbers through an eviction, whatever it last did", async () => {
    const queue = newQueue();
    const steps = [
      () => append(queue, [1, 2], { rejected: 1, clientDropped: 7 }),
      () => append(queue, [], { rejected: 3, clientDropped: 0 }),
      () => append(queue, [1]),
      () => queue.flush(),
      () => append(queue, [3]),
    ];
    for (const step of steps) {
      await step();
      const { depth, delivery, dead_letters, totals } = await queue.stats();
      await evictDurableObject(queue);
      const after = await queue.stats();
      expect({ ...after.depth, oldest_age_ms: 0 }).toEqual({ ...depth, oldest_age_ms: 0 });
      expect([after.delivery, after.dead_letters, after.totals]).toEqual([delivery, dead_letters, totals]);
      expectBalanced(after);
    }
  });

  it("is known to the registry once it has delivered", async () => {
    const queue = newQueue();
    await append(queue, [1]);
    await queue.flush();
    expect(await registryOf(env).list()).toContainEqual({ name: queue.name, trouble: null });
  });
});

describe("where Firehose fails", () => {
  it("an outage costs nothing but time: backoff is stored, and every event waits", async () => {
    const queue = newQueue();
    await firehose.fault("unavailable");
    await append(queue, numbersTo(10));
    // Backoff may be over in an instant: then the alarm has come by itself.
    while ((await queue.stats()).delivery.consecutive_failures < 6) {
      await rewriteDelivery(queue, { nextAttemptAt: null });
      await runDurableObjectAlarm(queue);
    }
    const stats = await queue.stats();
    expectBalanced(stats);
    expect(stats.depth.events).toBe(10);
    expect(stats.delivery).toMatchObject({ state: "open" });
    expect(stats.delivery.consecutive_failures).toBeGreaterThanOrEqual(6);
    expect(stats.delivery.last_error).toMatchObject({
      kind: "transient",
      code: "ServiceUnavailableException",
    });
    expect(await alarmOf(queue)).toBeGreaterThanOrEqual(Date.parse(stats.delivery.next_attempt_at ?? ""));
    const trouble = (await registryOf(env).list()).find(({ name }) => name === queue.name)?.trouble;
    expect(trouble?.reason).toBe("ServiceUnavailableException");

    await firehose.fault("none");
    expect((await queue.flush()).delivery).toMatchObject({ state: "closed", consecutive_failures: 0 });
    expect((await registryOf(env).list()).find(({ name }) => name === queue.name)?.trouble).toBe(null);
  });

  it("an alarm that comes before backoff is over delivers nothing", async () => {
    const queue = newQueue();
    await firehose.fault("throttle");
    await append(queue, [1]);
    await rewriteDelivery(queue, { consecutiveFailures: 1, nextAttemptAt: Date.now() + 200_000 });
    await runDurableObjectAlarm(queue);
    expect((await queue.stats()).totals.firehose_calls).toBe(0);
    expect(await alarmOf(queue)).toBeGreaterThan(Date.now() + 100_000);
  });

  it("a call that was taken but not answered is sent again byte for byte, though more has come", async () => {
    const queue = newQueue();
    await firehose.fault("accept_then_drop");
    await append(queue, [1, 2, 3]);
    await queue.flush();
    await append(queue, [4]);
    await firehose.fault("none");
    const { totals } = await queue.flush();
    // Two records: the first as it was, though all four lines would fit one.
    expect(totals).toMatchObject({ delivered: 4, firehose_records: 2 });
  });

  it("exactly the refused records are sent again, until all are taken: to be slowed down is no guilt", async () => {
    const queue = newQueue();
    for (let i = 0; i < 8; i++) await append(queue, numbersTo(i * 300 + 300, i * 300 + 1));
    await firehose.fault("partial", 0.5);
    let stats = await queue.flush();
    for (let i = 0; i < 60 && stats.depth.events > 0; i++) {
      expectBalanced(stats);
      await evictDurableObject(queue);
      stats = await queue.flush();
    }
    expectBalanced(stats);
    // Each record was taken once: 300 lines each, since no two of them fit one.
    expect(stats.totals).toMatchObject({ delivered: 2_400, firehose_records: 8, dead_lettered: 0 });
  });

  it.each([1, 2, 3, 5, 8])(
    "a poison event among the rows of a record ends as a dead letter, alone: number %i",
    async (poison) => {
      const queue = newQueue();
      for (const numbers of [[1, 2, 3], [4], [5, 6, 7, 8, 9]]) await append(queue, numbers);
      await firehose.fault("refuse_record", 1, `"n":${poison},`);
      await settle(queue);
      const stats = await queue.stats();
      expectBalanced(stats);
      expect(stats.totals).toMatchObject({ delivered: 8, dead_lettered: 1 });
      expect(stats.delivery).toMatchObject({ state: "closed", consecutive_failures: 0 });
      const { letters, hasMore } = await queue.deadLetters(0, 10);
      const [letter, ...others] = letters;
      expect([others, hasMore]).toEqual([[], false]);
      expect(letter).toMatchObject({ code: "InternalFailure", history: [], line: lineOf(poison) });
      expect(await append(queue, [poison])).toEqual([0]);
    },
  );

  it("a call whose contents are refused is told apart record by record: the guilty line is split off", async () => {
    const queue = newQueue();
    const large = events(numbersTo(20), { text: "x".repeat(60_000) });
    await queue.append([parcelOf(large, ENDING, NO_COUNTS)]);
    // A record that Firehose takes in no call: over 1,000 KiB, as no packing of ours would make it.
    await runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec(
        "UPDATE outbox SET lines = lines || lines, ids = ids || ids, events = events * 2 WHERE seq = 1",
      );
    });
    await evictDurableObject(queue);
    await settle(queue);
    const { depth, dead_letters } = await queue.stats();
    expect([depth.bytes, dead_letters.events]).toEqual([0, 0]);
  });

  it("while every call is refused, nobody is guilty: all is kept", async () => {
    const queue = newQueue();
    await append(queue, [1]);
    const line = `{"n":1,"text":"${"x".repeat(1_100_000)}"}\n`;
    await runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec("UPDATE outbox SET lines = ?", new TextEncoder().encode(line));
    });
    await evictDurableObject(queue);
    for (let i = 0; i < 6; i++) await queue.flush();
    let stats = await queue.stats();
    expect([stats.depth.events, stats.dead_letters.events, stats.delivery.state]).toEqual([1, 0, "open"]);
    expect(stats.delivery.last_error).toMatchObject({
      kind: "refused",
      advice: expect.stringContaining("dead letters"),
    });

    await append(queue, [3]);
    await settle(queue);
    stats = await queue.stats();
    expect(stats.totals).toMatchObject({ delivered: 1, dead_lettered: 1 });
  });

  it("an outage told record by record sends nothing to dead letters", async () => {
    const queue = newQueue();
    await firehose.fault("partial", 1);
    await append(queue, [1, 2]);
    for (let i = 0; i < 5; i++) await queue.flush();
    const stats = await queue.stats();
    expect([stats.depth.events, stats.dead_letters.events, stats.delivery.state]).toEqual([2, 0, "open"]);
  });

  it("a delivery that fails forgets no id of the events that came meanwhile", async () => {
    const queue = newQueue();
    await append(queue, [1]);
    await queue.flush();
    await runInDurableObject(queue, async (instance, { storage }) => {
      storage.sql.exec("ALTER TABLE held RENAME TO lost");
      const appending = instance.append([parcelOf(events([7]), ENDING, NO_COUNTS)]);
      await expect(instance.flush()).rejects.toThrow();
      storage.sql.exec("ALTER TABLE lost RENAME TO held");
      await appending;
    });
    expect(await append(queue, [7])).toEqual([0]);
    expectBalanced(await queue.stats());
  });

  it("its alarm never throws, and comes again", async () => {
    const queue = newQueue();
    await append(queue, [1]);
    await runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec("ALTER TABLE seen RENAME TO lost");
    });
    expect(await runDurableObjectAlarm(queue)).toBe(true);
    expect(await alarmOf(queue)).toBeGreaterThan(Date.now());
    await runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec("ALTER TABLE lost RENAME TO seen");
    });
    await runDurableObjectAlarm(queue);
    const stats = await queue.stats();
    expectBalanced(stats);
    expect(stats.totals.delivered).toBe(1);
  });

  it("events that could not be taken are not known: sent again they are taken", async () => {
    const queue = newQueue();
    await append(queue, [1]);
    await runInDurableObject(queue, async (instance) => {
      const [good, bad] = [[2], [3]].map((numbers) => parcelOf(events(numbers), ENDING, NO_COUNTS));
      if (!good || !bad) throw new Error("two parcels were made");
      const broken = { ...bad, ids: undefined as unknown as Uint8Array };
      await expect(instance.append([good, broken])).rejects.toThrow();
      expect(await instance.append([good])).toEqual([{ kind: "taken", duplicates: [] }]);
    });
    expect((await queue.stats()).depth.events).toBe(2);
  });

  it("a notice that comes first seals no id of events that wait for their write", async () => {
    const queue = newQueue();
    await append(queue, [1]);
    await runInDurableObject(queue, async (instance, { storage }) => {
      const later = Date.now() + 86_400_000 / 8 + 1_000;
      const appending = instance.append([parcelOf(events([2]), ENDING, NO_COUNTS)]);
      vi.setSystemTime(later);
      try {
        // The part of the window that holds 2 is closed by what comes so much later.
        const appendingLater = instance.append([parcelOf(events([3]), ENDING, NO_COUNTS)]);
        await instance.notify([new TextEncoder().encode('{"record_type":"erasure"}\n')]);
        const rows = storage.sql
          .exec<{ events: number }>("SELECT events FROM outbox WHERE is_event")
          .toArray();
        expect(rows).toEqual([{ events: 1 }, { events: 2 }]);
        await Promise.all([appending, appendingLater]);
      } finally {
        vi.useRealTimers();
      }
    });
  });

  it("a write that fails is told to every call that shared it", async () => {
    const queue = newQueue();
    await append(queue, [1]);
    await runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec("ALTER TABLE outbox RENAME TO lost");
    });
    const outcomes = await runInDurableObject(queue, (instance) =>
      Promise.allSettled(
        [[2], [3, 3]].map((numbers) => instance.append([parcelOf(events(numbers), ENDING, NO_COUNTS)])),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec("ALTER TABLE lost RENAME TO outbox");
    });
    expect(await append(queue, [1, 2, 3])).toEqual([0]);
    expectBalanced(await queue.stats());
  });
});
