import { describe, expect, it, vi } from "vitest";
import { Problem } from "../http/problem.ts";
import { countRateLimited } from "../metrics/rate-limited.ts";
import { type Parcel, parcelOf, type Reception } from "../queue/parcel.ts";
import type { RateLimited } from "../queue/tally.ts";
import { handOver } from "./hand-over.ts";
import type { Handover } from "./judge-batch.ts";

type Append = (parcels: Parcel[], rateLimited?: RateLimited) => Promise<Reception[]>;

/** Queues by name, each answering as told. */
const envOf = (queues: Record<string, Append>) =>
  ({ GAME_QUEUE: { getByName: (name: string) => ({ append: queues[name] }) } }) as unknown as Env;

const says =
  (...receptions: Reception[]): Append =>
  async () =>
    receptions;
const fails = (error: object) => vi.fn<Append>(() => Promise.reject(Object.assign(new Error("down"), error)));

/** Hands events at these places in a request over to a queue. */
const handover = (queue: string, ...indexes: number[]) => dropping(0, queue, ...indexes);

/** The same, with so many events that the client dropped. */
const dropping = (clientDropped: number, queue: string, ...indexes: number[]): Handover => {
  const events = indexes.map(() => ({ eventId: crypto.randomUUID(), userId: "ada", json: "{}" }));
  const beside = { keys: ["k"], rejected: 0, rejections: [], clientDropped };
  return { queue, indexes, parcel: parcelOf(events, new TextEncoder().encode("}\n"), beside) };
};

const TAKEN: Reception = { kind: "taken", duplicates: [] };

describe("handing over", () => {
  it("puts the answers of several queues together by the events' places in the request", async () => {
    const env = envOf({ a: says({ kind: "taken", duplicates: [1] }), b: says(TAKEN) });
    expect(await handOver(env, [handover("a", 0, 3), handover("b", 1, 2)])).toEqual({
      takings: new Map([[3, "duplicate"]]),
      droppedCounted: 0,
    });
  });

  it("says what was taken while somebody watched, and of what queue", async () => {
    const watched = { filters: [{}], hidden: [], hiddenRejections: [] };
    const env = envOf({ a: says(TAKEN), b: says({ kind: "taken", duplicates: [0], watched }) });
    const [unwatched, seen] = [handover("a", 0), handover("b", 1)];
    expect((await handOver(env, [unwatched, seen])).seen).toEqual([
      { handover: seen, duplicates: [0], watched },
    ]);
    expect((await handOver(env, [unwatched])).seen).toBe(undefined);
  });

  it("marks for another try only what a full queue did not take, after the longest wait of all", async () => {
    const env = envOf({
      a: says({ kind: "full", retryAfterS: 7 }),
      b: says(TAKEN),
      c: says({ kind: "full", retryAfterS: 90 }),
      d: fails({}),
    });
    const handovers = [handover("a", 0), handover("b", 1), handover("c", 2), handover("d", 3)];
    expect(await handOver(env, handovers)).toEqual({
      takings: new Map([
        [0, "retry"],
        [2, "retry"],
        [3, "retry"],
      ]),
      droppedCounted: 0,
      refusal: { kind: "full", retryAfterS: 90 },
    });
  });

  it("asks for nothing to be sent again where only rejected events were not taken down", async () => {
    const env = envOf({ a: says({ kind: "full", retryAfterS: 7 }) });
    expect(await handOver(env, [handover("a")])).toEqual({
      takings: new Map(),
      droppedCounted: 0,
    });
  });

  it("counts what the client dropped where the queue that is told of it takes its part", async () => {
    const env = envOf({ sound: says(TAKEN), full: says({ kind: "full", retryAfterS: 7 }), down: fails({}) });
    const countedBy = async (...handovers: Handover[]) => (await handOver(env, handovers)).droppedCounted;
    expect(await countedBy(dropping(4, "sound", 0), handover("down", 1))).toBe(4);
    expect(await countedBy(dropping(4, "down", 0), handover("sound", 1))).toBe(0);
    expect(await countedBy(dropping(4, "full"), handover("sound", 0))).toBe(0);
  });

  it("tells a queue of its game's requests that were refused, once, and again where it did not hear it", async () => {
    const append = vi.fn(says(TAKEN)).mockRejectedValueOnce(new Error("down"));
    const env = envOf({ "busy/enam/0": append, "other/enam/0": append });
    countRateLimited("busy", "write");
    const queues = ["busy/enam/0", "other/enam/0", "busy/enam/0", "busy/enam/0"];
    for (const queue of queues) await handOver(env, [handover(queue, 0)]);
    const told = append.mock.calls.map(([, rateLimited]) => rateLimited);
    const once = { player: 0, write: 1, server: 0 };
    expect(told).toEqual([once, undefined, once, undefined]);
  });

  it("ends with 401 where any queue refuses the key", async () => {
    const env = envOf({ a: says(TAKEN), b: says({ kind: "revoked" }) });
    const problem = await handOver(env, [handover("a", 0), handover("b", 1)]).catch((error) => error);
    expect([problem instanceof Problem, problem.status, problem.code]).toEqual([true, 401, "revoked_key"]);
  });

  it.each([
    ["once more after a passing error", { retryable: true }, 2],
    ["never again an overloaded queue", { retryable: true, overloaded: true }, 1],
    ["once where the queue itself failed", {}, 1],
  ])("asks %s", async (_, error, times) => {
    const append = fails(error);
    expect(await handOver(envOf({ a: append }), [handover("a", 0)])).toEqual({
      takings: new Map([[0, "retry"]]),
      droppedCounted: 0,
      refusal: { kind: "unreachable", retryAfterS: 5 },
    });
    expect(append).toHaveBeenCalledTimes(times);
  });
});
