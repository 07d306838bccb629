import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Verdict } from "../events.ts";
import {
  type Collector,
  connect,
  createTestClock,
  judge,
  type Reaction,
  type Received,
  skipping,
  startCollector,
} from "./testing.ts";

/** What the collector does with one request. A list of choices names, event by event, which ones it is about. */
type Step =
  | { kind: "judge"; choices: Verdict["status"][] }
  | { kind: "fail"; status: number }
  | { kind: "refuse" }
  | { kind: "disconnect" }
  | { kind: "lose_answer" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("judge" as const),
    choices: fc.array(fc.constantFrom<Verdict["status"]>("accepted", "duplicate", "rejected", "retry"), {
      maxLength: 8,
    }),
  }),
  fc.record({ kind: fc.constant("fail" as const), status: fc.constantFrom(503, 429, 413) }),
  fc.constantFrom<Step>({ kind: "refuse" }, { kind: "disconnect" }, { kind: "lose_answer" }),
);

/** Events to track, in bursts, each followed by a flush that is waited for or not. */
const bursts = fc.array(
  fc.record({ events: fc.nat({ max: 12 }), wait: fc.boolean(), newSession: fc.boolean() }),
  {
    minLength: 1,
    maxLength: 4,
  },
);

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(() => collector.close());

test("whatever the collector answers, every event is settled exactly once and none is lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), bursts, async (steps, plan) => {
      const book = keepBook(collector, steps);
      const clock = createTestClock();
      let told = 0;
      const client = connect(collector, clock, { maxBatchEvents: 5 });
      client.on("drop", ({ count }) => {
        told += count;
      });
      for (const { events, wait, newSession } of plan) {
        if (newSession) client.session.start();
        for (let i = 0; i < events; i++) client.track("a", { i });
        const flushed = client.flush();
        if (wait) await skipping(clock, flushed);
        const { tracked, sent, dropped, pending } = client.stats();
        expect(tracked).toBe(sent + dropped + pending);
        if (wait) expect(pending).toBe(0);
      }
      await skipping(clock, client.flush());

      const { tracked, sent, dropped, pending } = client.stats();
      expect([sent, dropped, pending, told]).toEqual([
        book.settled.size,
        book.refused.size,
        0,
        book.refused.size,
      ]);
      expect(tracked).toBe(sent + dropped);
      expect(book.seen.size).toBe(tracked);
      expect(book.twice).toEqual([]);
    }),
    { numRuns: 150 },
  );
}, 30_000);

/** Lets the collector follow the steps, then accept; and writes down what the client was told about each event. */
function keepBook(of: Collector, steps: Step[]) {
  const seen = new Set<string>();
  const settled = new Set<string>();
  const refused = new Set<string>();
  const twice: string[] = [];
  const enter = (book: Set<string>, id: string) => {
    if (settled.has(id) || refused.has(id)) twice.push(id);
    book.add(id);
  };
  const remaining = [...steps];

  of.react = (request: Received): Reaction => {
    for (const id of request.ids) seen.add(id);
    const next = remaining.shift() ?? { kind: "judge", choices: [] };
    switch (next.kind) {
      case "judge": {
        const verdicts = verdictsOf(request, next.choices);
        const again = new Set(
          verdicts.filter(({ status }) => status === "retry").map(({ event_id }) => event_id),
        );
        for (const id of request.ids) if (!again.has(id)) enter(settled, id);
        return judge(request, verdicts);
      }
      case "fail":
        if (next.status === 413 && request.ids.length === 1) for (const id of request.ids) enter(refused, id);
        return { status: next.status };
      case "refuse":
        for (const id of request.ids) enter(refused, id);
        return { status: 400, body: { code: "invalid_json" } };
      case "disconnect":
        return "disconnect";
      case "lose_answer":
        return { status: 202, body: '{"request_id":"r","accep' };
    }
  };
  return { seen, settled, refused, twice };
}

function verdictsOf({ ids }: Received, choices: Verdict["status"][]): Verdict[] {
  return ids.flatMap((event_id, index): Verdict[] => {
    const status = choices[index] ?? "accepted";
    switch (status) {
      case "accepted":
        return index % 2 === 0 ? [] : [{ index, event_id, status, warnings: [] }];
      case "rejected":
        return [{ index, event_id, status, errors: [] }];
      default:
        return [{ index, event_id, status }];
    }
  });
}
