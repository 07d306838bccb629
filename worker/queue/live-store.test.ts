import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveView } from "../live/live-state.ts";
import { summaryOf } from "../live/summary.ts";
import {
  ENDING,
  events,
  firehose,
  hand,
  NO_COUNTS,
  newQueue,
  numbersTo,
  type Queue,
} from "../testing/queue.ts";
import { anEvent } from "../testing/requests.ts";
import { LiveStore } from "./live-store.ts";
import { parcelOf } from "./parcel.ts";

/** The time stands still: nothing is saved because time has passed, and no midnight lies between two steps. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await firehose.fault("none");
});

const send = (queue: Queue, numbers: number[], rejected = 0) => {
  const parcel = parcelOf(events(numbers), ENDING, { ...NO_COUNTS, rejected });
  const countable = numbers.map(() => ({ event: anEvent(), warnings: [] }));
  return hand(queue, { ...parcel, summary: summaryOf(countable, parcel.users, []) });
};

const verdictsOf = ({ hours }: Pick<LiveView, "hours">) =>
  hours.map(({ accepted, duplicates, rejected }) => ({ accepted, duplicates, rejected }))[0] ?? {
    accepted: 0,
    duplicates: 0,
    rejected: 0,
  };

const viewOf = async (queue: Queue): Promise<LiveView> => queue.live(Date.now());

const totalsOf = async (queue: Queue) => {
  const { accepted, duplicates, rejected } = (await queue.stats()).totals;
  return { accepted, duplicates, rejected };
};

type Step = { do: "send"; numbers: number[]; rejected: number } | { do: "flush" | "evict" | "fail" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      numbers: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 6 }),
      rejected: fc.nat(3),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("flush" as const, "evict" as const, "fail" as const) }),
  },
);

/** Does what the steps say; `beforeEviction` first where a queue is to be put to sleep. */
async function play(queue: Queue, steps: readonly Step[], beforeEviction: () => Promise<unknown>) {
  for (const step of steps) {
    switch (step.do) {
      case "send":
        await send(queue, step.numbers, step.rejected);
        break;
      case "flush":
        await firehose.fault("none");
        await queue.flush();
        break;
      case "fail":
        await firehose.fault("unavailable");
        await queue.flush();
        break;
      case "evict":
        await beforeEviction();
        await evictDurableObject(queue);
    }
  }
}

describe("today's numbers", () => {
  it("are the queue's totals, through evictions with a delivery between", async () => {
    let fresh = 1_000;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const queue = newQueue();
        await play(queue, steps, async () => {
          await firehose.fault("none");
          await send(queue, [fresh++]);
          await queue.flush();
        });
        const view = await viewOf(queue);
        expect(verdictsOf(view)).toEqual(await totalsOf(queue));
        const typed = view.hours.map(({ events }) => events.custom ?? 0)[0] ?? 0;
        expect(typed).toBe(verdictsOf(view).accepted);
      }),
      { numRuns: 10, timeout: 10_000 },
    );
  });

  it("miss no accepted event and count nothing twice, wherever a queue is ended by force", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const queue = newQueue();
        await play(queue, steps, () => queue.stats());
        const [seen, totals] = [verdictsOf(await viewOf(queue)), await totalsOf(queue)];
        expect(seen.accepted).toBe(totals.accepted);
        expect(seen.duplicates).toBeLessThanOrEqual(totals.duplicates);
        expect(seen.rejected).toBeLessThanOrEqual(totals.rejected);
      }),
      { numRuns: 10, timeout: 10_000 },
    );
  });

  it("count no event anew that is replayed", async () => {
    const queue = newQueue();
    await send(queue, [1, 2]);
    await firehose.fault("refuse_record", 1, '"n":1,');
    for (let i = 0; i < 20; i++) await queue.flush();
    await firehose.fault("none");
    expect((await queue.stats()).dead_letters.events).toBe(1);
    expect(await queue.replay({})).toBe(1);
    await evictDurableObject(queue);
    expect(verdictsOf(await viewOf(queue))).toEqual({ accepted: 2, duplicates: 0, rejected: 0 });
  });

  it("begin anew where what was stored cannot be read: the queue works on", async () => {
    const queue = newQueue();
    await send(queue, [1]);
    await queue.flush();
    await runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec("UPDATE live SET json = '{\"version\":0}'");
    });
    await evictDurableObject(queue);
    expect(await send(queue, [1, 2])).toEqual([0]);
    expect(verdictsOf(await viewOf(queue))).toEqual({ accepted: 1, duplicates: 1, rejected: 0 });
  });
});

describe("what the live state costs", () => {
  /** Rows written by so many cycles: twenty requests, one of nothing but duplicates, and a delivery. */
  async function rowsOf(cycles: number): Promise<number> {
    const queue = newQueue();
    await send(queue, [1]);
    await queue.flush();
    const before = (await queue.stats()).totals.rows_written;
    for (let cycle = 1; cycle <= cycles; cycle++) {
      for (const n of numbersTo(20)) await send(queue, [cycle * 100 + n]);
      await send(queue, [1]);
      await queue.flush();
    }
    return (await queue.stats()).totals.rows_written - before;
  }

  it("is one row a delivery, and none a request", async () => {
    const withIt = await rowsOf(5);
    vi.spyOn(LiveStore.prototype, "save").mockImplementation(() => undefined);
    expect(withIt - (await rowsOf(5))).toBe(5);
  });
});
