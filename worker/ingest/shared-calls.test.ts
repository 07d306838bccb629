import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Parcel, parcelOf, type Reception } from "../queue/parcel.ts";
import { SharedCalls } from "./shared-calls.ts";

const ENDING = new TextEncoder().encode("}\n");
const BESIDE = { keys: [], rejected: 0, rejections: [], clientDropped: 0 };

const parcel = (events = 1, user = "ada", bytes = 2): Parcel => {
  const json = `{${" ".repeat(bytes - 2)}}`;
  const made = Array.from({ length: events }, () => ({ eventId: crypto.randomUUID(), userId: user, json }));
  return parcelOf(made, ENDING, BESIDE);
};

const rejected = (bytes: number): Parcel => ({
  ...parcel(0),
  rejected: 1,
  rejections: [{ user: null, line: new Uint8Array(bytes) }],
});

const taken = (parcels: Parcel[]): Reception[] => parcels.map(() => ({ kind: "taken", duplicates: [] }));

/** A queue whose calls are answered when the test says so. */
function queue() {
  const calls: { parcels: Parcel[]; answer: () => void; fail: () => void }[] = [];
  const append = (parcels: Parcel[]) =>
    new Promise<Reception[]>((resolve, reject) => {
      const fail = () => reject(new Error("down"));
      calls.push({ parcels, answer: () => resolve(taken(parcels)), fail });
    });
  const shared = new SharedCalls();
  return {
    calls,
    offer: (parcel: Parcel) => {
      const answer = shared.offer(parcel, append);
      answer.catch(() => {}); // what a test leaves unanswered rejects long after it
      return answer;
    },
    sizes: () => calls.map(({ parcels }) => parcels.length),
  };
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

afterEach(() => vi.useRealTimers());

describe("calls to a queue", () => {
  it("go at once where none is under way", () => {
    const { offer, sizes } = queue();
    void offer(parcel());
    expect(sizes()).toEqual([1]);
  });

  it("carry together what came while one was under way", async () => {
    vi.useFakeTimers();
    const { offer, calls, sizes } = queue();
    const first = offer(parcel());
    const others = [offer(parcel()), offer(parcel()), offer(parcel())];
    expect(sizes()).toEqual([1]);
    calls[0]?.answer();
    await first;
    await vi.advanceTimersByTimeAsync(2);
    expect(sizes()).toEqual([1, 3]);
    calls[1]?.answer();
    expect(await Promise.all(others)).toHaveLength(3);
  });

  it("wait for company no longer than a few milliseconds", async () => {
    const { offer, sizes } = queue();
    void offer(parcel());
    void offer(parcel());
    await soon();
    void offer(parcel());
    expect(sizes()).toEqual([1, 1]);
    await soon();
    expect(sizes()).toEqual([1, 1, 1]);
  });

  it.each([
    ["events", parcel(400), [1, 2, 2]],
    ["bytes", parcel(1, "ada", 2 * 1024 * 1024), [1, 1, 1, 1, 1]],
    ["bytes about rejected events", rejected(2 * 1024 * 1024), [1, 2, 2]],
  ])("are bounded in %s: what has no room in one goes in the next", async (_, large, expected) => {
    vi.useFakeTimers();
    const { offer, sizes } = queue();
    for (let i = 0; i < 5; i++) void offer(large);
    await vi.advanceTimersByTimeAsync(2);
    expect(sizes()).toEqual(expected);
  });

  it("that fail, fail for all that share them, and for nobody after", async () => {
    const { offer, calls } = queue();
    const first = offer(parcel());
    const others = [offer(parcel()), offer(parcel())];
    calls[0]?.answer();
    await first;
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    calls[1]?.fail();
    expect(await Promise.all(others.map((one) => one.catch(String)))).toEqual(["Error: down", "Error: down"]);

    const next = offer(parcel());
    calls[2]?.answer();
    expect(await next).toEqual({ kind: "taken", duplicates: [] });
  });

  it("that are never answered hold up neither who shares them, for ever, nor who comes after", async () => {
    vi.useFakeTimers();
    const { offer, calls } = queue();
    const stuck = [offer(parcel()), offer(parcel())].map((one) => one.catch(String));
    await vi.advanceTimersByTimeAsync(10_003);
    expect(await Promise.all(stuck)).toEqual(new Array(2).fill("Error: no answer within 10000 ms"));

    const next = offer(parcel());
    expect(calls).toHaveLength(3);
    calls[2]?.answer();
    expect(await next).toEqual({ kind: "taken", duplicates: [] });
  });

  it("answer each request what the queue said to its own parcel, whoever shared the call", async () => {
    const offers = fc.array(
      fc.record({
        wait: fc.nat(6),
        events: fc.integer({ min: 1, max: 600 }),
        kind: fc.constantFrom("taken", "full"),
      }),
      { minLength: 1, maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(offers, fc.infiniteStream(fc.nat(8)), async (script, delays) => {
        const shared = new SharedCalls();
        const events: number[] = [];
        const append = async (parcels: Parcel[]): Promise<Reception[]> => {
          events.push(parcels.reduce((sum, { lengths }) => sum + lengths.length, 0));
          await new Promise((resolve) => setTimeout(resolve, delays.next().value));
          return parcels.map(({ users: [user = ""] }) => {
            const { kind, place } = JSON.parse(user);
            return kind === "full" ? { kind, retryAfterS: place } : { kind, duplicates: [place] };
          });
        };
        await Promise.all(
          script.map(async ({ wait, events, kind }, place) => {
            await new Promise((resolve) => setTimeout(resolve, wait));
            const own = parcel(events, JSON.stringify({ kind, place }));
            expect(await shared.offer(own, append)).toEqual(
              kind === "full" ? { kind, retryAfterS: place } : { kind, duplicates: [place] },
            );
          }),
        );
        expect(events.reduce((sum, count) => sum + count, 0)).toBe(
          script.reduce((sum, one) => sum + one.events, 0),
        );
        expect(Math.max(...events)).toBeLessThanOrEqual(1_000);
      }),
      { numRuns: 40 },
    );
  });
});
