import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BOARD_FUNCTIONS, type Board, type BoardFunction } from "../events/board.ts";
import { parcelOf } from "../queue/parcel.ts";
import { registryOf } from "../queue/registry.ts";
import { queueNamed } from "../queue/shards.ts";
import { ENDING, events, NO_COUNTS } from "../testing/queue.ts";
import type { Contribution } from "./boards.ts";
import { marksOf } from "./marks.ts";
import { periodOf } from "./period.ts";

/** How the next contributions fare on their way to the boards. */
type Way = "open" | "lost before" | "lost after" | "late";
const way = vi.hoisted(() => ({ now: "open" as string, late: [] as unknown[] }));
vi.mock(import("./boards-of.ts"), async (original) => {
  const { boardsOf } = await original();
  return {
    boardsOf(env: Env, game: string) {
      const boards = boardsOf(env, game);
      const take = async (contribution: Contribution) => {
        if (way.now === "lost before") throw new Error("lost before");
        if (way.now === "late") {
          way.late.push(contribution);
          throw new Error("late");
        }
        const told = await boards.take(contribution);
        if (way.now === "lost after") throw new Error("lost after");
        return told;
      };
      return new Proxy(boards, {
        get: (target, name) => (name === "take" ? take : Reflect.get(target, name)),
      });
    },
  };
});

const PLAYERS = ["ada", "bo", "cy"] as const;
type Player = (typeof PLAYERS)[number];

const NOW = Date.UTC(2026, 10, 21, 12);
const EVENTS = 40;

/** Each number is an event, always the same: sent again it is a duplicate. */
const playerOf = (n: number): Player => PLAYERS[n % 3] ?? "ada";
const amountOf = (n: number) => ((n * 7) % 11) / 10;
const timeOf = (n: number) => NOW - ((n * 5) % 9) * 6 * 3_600_000;
const eventOf = (n: number) => ({
  event_type: "resource",
  amount: amountOf(n),
  timestamp: new Date(timeOf(n)).toISOString(),
});

const BOARDS: Board[] = BOARD_FUNCTIONS.flatMap((fn) =>
  (["day", "all"] as const).map((period) => ({
    name: `${fn}_${period}`,
    value: "",
    fn,
    type: "resource" as const,
    field: fn === "count" ? null : "amount",
    where: {},
    period,
    players_may_read: false,
    id: `${fn}_${period}`,
  })),
);

const QUEUES = ["enam/0", "weur/0"];

type Step =
  | { do: "append"; queue: number; numbers: number[] }
  | { do: "deliver" | "evict"; queue: number }
  | { do: "evict boards" | "come late" | "wait" }
  | { do: "way"; way: Way }
  | { do: "firehose"; answer: Answer }
  | { do: "replay" | "purge"; queue: number }
  | { do: "erase"; player: Player };
type Answer = "take" | "refuse record" | "refuse call" | "down";

const queue = fc.constantFrom(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("append" as const),
      queue,
      numbers: fc.array(fc.integer({ min: 1, max: EVENTS }), { maxLength: 5 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("deliver" as const), queue }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("evict" as const), queue }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("evict boards", "come late", "wait") }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("way" as const),
      way: fc.constantFrom<Way[]>("open", "lost before", "lost after", "late"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("firehose" as const),
      answer: fc.constantFrom<Answer[]>("take", "refuse record", "refuse call", "down"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("replay", "purge"), queue }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("erase" as const), player: fc.constantFrom(...PLAYERS) }),
  },
) as fc.Arbitrary<Step>;

/** Refuses events by their text, whatever record they are in. */
const firehose = { answer: "take" as Answer };
async function put(request: Request): Promise<Response> {
  const { Records } = (await request.json()) as { Records: { Data: string }[] };
  if (firehose.answer === "down") throw new TypeError("Network connection lost.");
  if (firehose.answer === "refuse call")
    return Response.json({ __type: "InvalidArgumentException" }, { status: 400 });
  const isRefused = (data: string) =>
    firehose.answer === "refuse record" && atob(data).includes('"user_id":"bo"');
  const answers = Records.map(({ Data }) =>
    isRefused(Data) ? { ErrorCode: "InternalFailure", ErrorMessage: "m" } : { RecordId: "r" },
  );
  const failed = answers.filter((answer) => "ErrorCode" in answer).length;
  return Response.json({ FailedPutCount: failed, RequestResponses: answers });
}

let worlds = 0;

class World {
  readonly game = `contested_${++worlds}_${crypto.randomUUID().slice(0, 8)}`;
  /** The events that count: each once, and none of an erased player. A queue knows its own duplicates alone. */
  readonly accepted: { n: number; queue: number }[] = [];
  readonly erased = new Set<Player>();

  queueOf(place: number) {
    return queueNamed(env, `${this.game}/${QUEUES[place]}`);
  }

  boards() {
    return env.BOARDS.getByName(this.game);
  }

  async do(step: Step): Promise<void> {
    switch (step.do) {
      case "append":
        return this.#append(step.queue, step.numbers);
      case "deliver":
        await this.queueOf(step.queue).flush();
        return;
      case "evict":
        return this.#evict(step.queue);
      case "evict boards":
        await this.boards().page({ board: "", fn: "max", period: "" }, 0, 1);
        return evictDurableObject(this.boards());
      case "come late":
        for (const contribution of way.late.splice(0)) await this.boards().take(contribution as Contribution);
        return;
      case "wait":
        vi.setSystemTime(Date.now() + 120_000);
        return;
      case "way":
        way.now = step.way;
        return;
      case "firehose":
        firehose.answer = step.answer;
        return;
      case "replay":
        await this.queueOf(step.queue).replay({});
        return;
      case "purge": {
        const dead = await this.queueOf(step.queue).countDeadLetters({});
        await this.queueOf(step.queue).purge({}, dead);
        return;
      }
      case "erase":
        return this.#erase(step.player);
    }
  }

  async #append(queue: number, numbers: number[]): Promise<void> {
    const drafts = numbers.map((n) => ({ event: eventOf(n) }));
    const parcel = {
      ...parcelOf(
        numbers.flatMap((n) => events([n], { user: playerOf(n) })),
        ENDING,
        NO_COUNTS,
      ),
      ...marked(marksOf(drafts, BOARDS)),
    };
    const [reception] = await this.queueOf(queue).append([parcel]);
    if (reception?.kind !== "taken") throw new Error(`the queue said ${reception?.kind}`);
    const duplicates: readonly number[] = reception.duplicates;
    for (const [index, n] of numbers.entries()) {
      if (duplicates.includes(index) || this.erased.has(playerOf(n))) continue;
      expect(this.accepted).not.toContainEqual({ n, queue });
      this.accepted.push({ n, queue });
    }
  }

  async #evict(queue: number): Promise<void> {
    await this.queueOf(queue).stats();
    await evictDurableObject(this.queueOf(queue));
  }

  async #erase(player: Player): Promise<void> {
    const { erasure } = await registryOf(env).recordErasure(this.game, player, "key");
    const order = { user: player, hash: erasure.hash };
    for (const place of QUEUES.keys()) {
      await this.queueOf(place).erase(order);
      expect(await this.#keptOf(place)).not.toContain(`"${player}"`);
    }
    await this.boards().erase(order);
    this.erased.add(player);
  }

  /** What a queue keeps for boards. */
  #keptOf(place: number): Promise<string> {
    return runInDurableObject(this.queueOf(place), (_, { storage }) => {
      const query =
        "SELECT group_concat(marks) AS marks FROM (SELECT marks FROM outbox UNION ALL SELECT marks FROM mark)";
      return String(storage.sql.exec(query).one().marks);
    });
  }

  /** Once all ways are open, the boards are those of the distinct events that were accepted. */
  async check(): Promise<void> {
    way.now = "open";
    firehose.answer = "take";
    for (const place of QUEUES.keys()) for (let i = 0; i < 3; i++) await this.queueOf(place).flush();
    for (const { id: board, fn, period: kind } of BOARDS) {
      const periods = new Set(this.accepted.map(({ n }) => periodOf(kind, timeOf(n))));
      for (const period of periods) {
        const told = await this.boards().page({ board, fn, period }, 0, 1_000);
        expect([board, period, told]).toEqual([board, period, this.#expected(fn, kind, period)]);
      }
    }
    for (const place of QUEUES.keys()) expect(await this.#keptOf(place)).toBe("null");
  }

  #expected(fn: BoardFunction, kind: "day" | "week" | "all", period: string) {
    const entries = PLAYERS.filter((player) => !this.erased.has(player)).flatMap((user) => {
      const theirs = this.accepted
        .map(({ n }) => n)
        .filter((n) => playerOf(n) === user && periodOf(kind, timeOf(n)) === period);
      return theirs.length === 0 ? [] : [{ user, ...scoreOf(fn, theirs) }];
    });
    const sign = fn === "min" ? 1 : -1;
    const ranked = entries.sort(
      (a, b) => sign * (a.value - b.value) || a.at - b.at || (a.user < b.user ? -1 : 1),
    );
    return { entries: ranked.map((entry, place) => ({ rank: place + 1, ...entry })), total: ranked.length };
  }
}

const marked = (marks: ReturnType<typeof marksOf>) => (marks === undefined ? {} : { marks });

/** Plainly, by the words of the docs. */
function scoreOf(fn: BoardFunction, numbers: number[]): { value: number; at: number } {
  const all = numbers.map((n) => ({ value: amountOf(n), at: timeOf(n) }));
  const latest = Math.max(...all.map(({ at }) => at));
  const first = (value: number) => Math.min(...all.filter((one) => one.value === value).map(({ at }) => at));
  const values = all.map(({ value }) => value);
  switch (fn) {
    case "max":
      return { value: Math.max(...values), at: first(Math.max(...values)) };
    case "min":
      return { value: Math.min(...values), at: first(Math.min(...values)) };
    case "last":
      return {
        value: Math.max(...all.filter(({ at }) => at === latest).map(({ value }) => value)),
        at: latest,
      };
    case "sum":
      return { value: values.reduce((sum, value) => sum + Math.round(value * 10), 0) / 10, at: latest };
    case "count":
      return { value: values.length, at: latest };
  }
}

/** What chance alone seldom brings about: tried each time, before all others. */
const SELDOM: Step[][] = [
  // What was told of a player before comes to the boards after they were erased.
  [
    { do: "append", queue: 0, numbers: [1, 2, 3] },
    { do: "way", way: "late" },
    { do: "deliver", queue: 0 },
    { do: "erase", player: "bo" },
    { do: "come late" },
  ],
  // All that is to be told was an erased player's: then there is nothing to tell.
  [
    { do: "append", queue: 0, numbers: [1, 4] },
    { do: "erase", player: "bo" },
    { do: "deliver", queue: 0 },
  ],
  // Dead letters count from when they were accepted, and not again.
  [
    { do: "firehose", answer: "refuse record" },
    { do: "append", queue: 0, numbers: [1, 2, 4] },
    ...Array.from({ length: 12 }, (): Step => ({ do: "deliver", queue: 0 })),
    { do: "firehose", answer: "take" },
    { do: "replay", queue: 0 },
    { do: "deliver", queue: 0 },
  ],
];

beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
  vi.stubGlobal("fetch", put);
  vi.useFakeTimers({ toFake: ["Date"], now: NOW + 86_400_000 });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("leaderboards", () => {
  it("are those of the distinct accepted events, whatever fails, is sent again, dies or is erased in between", async () => {
    const run = fc.asyncProperty(fc.array(step, { maxLength: 30, size: "max" }), async (steps) => {
      way.now = "open";
      way.late = [];
      firehose.answer = "take";
      const world = new World();
      for (const step of steps) await world.do(step);
      await world.check();
      // What comes late, after all of that, changes nothing.
      await world.do({ do: "come late" });
      await world.check();
    });
    const examples = SELDOM.map((steps): [Step[]] => [steps]);
    await fc.assert(run, { examples, numRuns: 12, timeout: 10_000, interruptAfterTimeLimit: 45_000 });
  }, 90_000);
});
