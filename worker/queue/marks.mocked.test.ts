import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Contest } from "../leaderboards/standings.ts";
import {
  alarmOf,
  ENDING,
  events,
  hand,
  NO_COUNTS,
  newQueue,
  numbersTo,
  type Queue,
} from "../testing/queue.ts";
import { type Parcel, parcelOf } from "./parcel.ts";

const way = vi.hoisted(() => ({ isOpen: true, calls: 0 }));
vi.mock(import("../leaderboards/boards-of.ts"), async (original) => {
  const { boardsOf } = await original();
  return {
    boardsOf(env: Env, game: string) {
      way.calls++;
      if (!way.isOpen) throw new Error("the boards are down");
      return boardsOf(env, game);
    },
  };
});

afterEach(() => {
  Object.assign(way, { isOpen: true, calls: 0 });
  vi.restoreAllMocks();
});

const TALLY: Contest = { board: "tally#1", fn: "sum", period: "all" };

/** Each event brings its player a point. */
function marked(numbers: number[], { user = "ada", contests = [TALLY], text = "" } = {}): Parcel {
  const parcel = parcelOf(events(numbers, { user, text }), ENDING, NO_COUNTS);
  const marks = numbers.flatMap((_, index) =>
    contests.map((_, contest) => ({ index, contest, units: 1_000_000n, at: 1_795_262_400_000 })),
  );
  return { ...parcel, marks: { contests, marks } };
}

const pointsOf = async (queue: Queue, user = "ada", contest = TALLY) => {
  const [game = ""] = (queue.name ?? "").split("/");
  return (await env.BOARDS.getByName(game).of([contest], user))[0]?.value;
};

const rowsOf = (queue: Queue, query: string) =>
  runInDurableObject(queue, (_, { storage }) => storage.sql.exec(query).toArray());

describe("what events bring to leaderboards", () => {
  it("is told when they are delivered, without a row more; of duplicates nothing", async () => {
    const [queue, plain] = [newQueue(), newQueue()];
    await hand(queue, marked([1, 2, 2]));
    await hand(queue, marked([2, 3]));
    for (const numbers of [
      [1, 2, 2],
      [2, 3],
    ])
      await hand(plain, parcelOf(events(numbers, { user: "ada" }), ENDING, NO_COUNTS));
    const [{ totals }, { totals: plainTotals }] = [await queue.flush(), await plain.flush()];
    expect(await pointsOf(queue)).toBe(3);
    expect(totals.rows_written).toBe(plainTotals.rows_written);
  });

  it("is nothing where there are none: no call, no byte", async () => {
    const queue = newQueue();
    await hand(queue, parcelOf(events(numbersTo(5)), ENDING, NO_COUNTS));
    expect(await rowsOf(queue, "SELECT marks FROM outbox")).toEqual([{ marks: null }]);
    await queue.flush();
    await evictDurableObject(queue);
    await queue.flush();
    expect(way.calls).toBe(0);
  });

  it("outlives its events where boards cannot be told, which are delivered; the queue wakes to tell it", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const queue = newQueue();
    way.isOpen = false;
    await hand(queue, marked([1, 2]));
    expect((await queue.flush()).depth.events).toBe(0);
    expect(await rowsOf(queue, "SELECT count(*) AS rows FROM mark")).toEqual([{ rows: 1 }]);
    expect(await alarmOf(queue)).toBeGreaterThan(Date.now());
    await evictDurableObject(queue);
    way.isOpen = true;
    await runDurableObjectAlarm(queue);
    expect(await pointsOf(queue)).toBe(2);
    expect(await rowsOf(queue, "SELECT count(*) AS rows FROM mark")).toEqual([{ rows: 0 }]);
  });

  it("is told by the watchdog where the platform has lost the alarm", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const queue = newQueue();
    way.isOpen = false;
    await hand(queue, marked([1]));
    await queue.flush();
    await runInDurableObject(queue, (_, { storage }) => storage.deleteAlarm());
    expect(await queue.wake()).toBe(true);
    expect(await alarmOf(queue)).not.toBe(null);
  });

  it("does not keep events waiting: boards that failed are asked again after a minute", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const queue = newQueue();
    way.isOpen = false;
    for (const n of [1, 2, 3]) {
      await hand(queue, marked([n]));
      await runDurableObjectAlarm(queue);
    }
    expect((await queue.stats()).totals.delivered).toBe(3);
    expect(way.calls).toBe(1);
  });

  it("fits its row, however long names are and however many the boards", async () => {
    const queue = newQueue();
    const user = "\u0001".repeat(128);
    const contests = Array.from({ length: 10 }, (_, place) => ({
      ...TALLY,
      board: `${"b".repeat(64)}#${place}`,
    }));
    const parcels = numbersTo(500).map((n) => {
      const parcel = marked([n], { user: `${user.slice(3)}${n}`, contests, text: "x".repeat(350) });
      const marks = parcel.marks?.marks.map((mark) => ({ ...mark, units: 10n ** 36n })) ?? [];
      return { ...parcel, marks: { contests, marks } };
    });
    const receptions = await queue.append(parcels);
    expect(new Set(receptions.map(({ kind }) => kind))).toEqual(new Set(["taken"]));
    const [row] = await rowsOf(queue, "SELECT max(length(lines) + length(marks)) AS bytes FROM outbox");
    // https://developers.cloudflare.com/durable-objects/platform/limits/
    expect(Number(row?.bytes)).toBeLessThan(2_000_000);
    expect(Number(row?.bytes)).toBeGreaterThan(1_000_000);
    await queue.flush();
    expect(await pointsOf(queue, `${user.slice(3)}500`, contests[9])).toBe(1e30);
  });

  it("is kept by a queue that an earlier release made", async () => {
    const queue = newQueue();
    await hand(queue, parcelOf(events([1]), ENDING, NO_COUNTS));
    await rowsOf(queue, "ALTER TABLE outbox DROP COLUMN marks");
    await evictDurableObject(queue);
    await hand(queue, marked([2]));
    expect((await queue.flush()).totals.delivered).toBe(2);
    expect(await pointsOf(queue)).toBe(1);
  });
});
