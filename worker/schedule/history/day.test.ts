import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_TOTALS, type Totals } from "../../queue/stats.ts";
import { advance, type Day, dayOf, firstDay, type Today } from "./day.ts";

const at = (time: string) => Date.parse(`2026-11-${time}:00.000Z`);

const totals = (fields: Partial<Totals>): Totals => ({ ...NO_TOTALS, ...fields });

const today = (fields: Partial<Today> = {}): Today => ({
  active_players: 3,
  purchases: 1,
  revenue: { EUR: "4.99" },
  reasons: [],
  latency_p95_ms: null,
  hours: [],
  ...fields,
});

/** What is known after checks at these times, each of which saw so many events received. */
const afterChecks = (day: Day, ...checks: [time: string, received: number][]) =>
  checks.reduce(
    (known, [time, received]) => advance(known, { totals: totals({ received }), today: null }, at(time)),
    day,
  );

const received = ({ totals, atStart }: Day) => totals.received - atStart.received;

describe("a game that is first seen", () => {
  it("counts from there, where it may have been there for years", () => {
    const day = firstDay(totals({ received: 1_000_000 }), false, at("21T10:09"));
    expect(received(afterChecks(day, ["21T10:09", 1_000_000], ["21T10:19", 1_000_007]))).toBe(7);
    expect(day.lastReceivedAt).toBe(at("21T10:09"));
  });

  it("counts all that it has, where it was born since the last check", () => {
    const day = firstDay(totals({ received: 12 }), true, at("21T10:09"));
    const known = afterChecks(day, ["21T10:09", 12]);
    expect([received(known), known.hours, known.lastReceivedAt]).toEqual([12, { 10: 12 }, at("21T10:09")]);
  });

  it("was silent where nothing ever came", () => {
    expect(firstDay(NO_TOTALS, true, at("21T10:09")).lastReceivedAt).toBe(null);
  });
});

describe("each check", () => {
  const start = firstDay(NO_TOTALS, true, at("21T10:09"));

  it("adds what came since the last one to its hour", () => {
    const known = afterChecks(start, ["21T10:19", 5], ["21T10:29", 5], ["21T10:59", 9], ["21T11:09", 10]);
    expect(known.hours).toEqual({ 10: 9, 11: 1 });
    expect(known.lastReceivedAt).toBe(at("21T11:09"));
    expect(afterChecks(known, ["21T12:09", 10]).lastReceivedAt).toBe(at("21T11:09"));
  });

  it("begins a day anew, with what silence and the last hour must know", () => {
    const known = afterChecks(start, ["21T23:49", 5], ["21T23:59", 8]);
    expect(received(known)).toBe(8);
    expect(afterChecks(known, ["22T00:09", 8])).toEqual({
      ...known,
      at: at("22T00:09"),
      atStart: totals({ received: 8 }),
      hours: {},
      lastReceivedAt: at("21T23:59"),
      recent: [...known.recent, { at: at("22T00:09"), received: 8, rejected: 0, dead_lettered: 0 }],
    });
  });

  it("forgets what came more than an hour ago, but for what it takes to know the hour", () => {
    const times = ["21T10:19", "21T10:29", "21T11:24", "21T11:34"];
    const known = afterChecks(start, ...times.map((time): [string, number] => [time, 1]));
    expect(known.recent.map((sample) => sample.at)).toEqual(["21T10:29", "21T11:24", "21T11:34"].map(at));
  });

  it("that comes hours late, since crons did not run, still knows the one before", () => {
    const late = { totals: totals({ received: 7, rejected: 2, dead_lettered: 1 }), today: null };
    expect(advance(start, late, at("21T15:09")).recent).toEqual([
      { at: at("21T10:09"), received: 0, rejected: 0, dead_lettered: 0 },
      { at: at("21T15:09"), received: 7, rejected: 2, dead_lettered: 1 },
    ]);
  });

  it("takes no loss of numbers for events: a queue's storage may have been restored to what it was", () => {
    const known = afterChecks(start, ["21T10:19", 500], ["21T10:29", 100], ["21T10:39", 107]);
    expect(known.hours).toEqual({ 10: 507 });
  });

  it("keeps the live state as it was last seen, each hour's revenue, and the worst latency", () => {
    const seen = (known: Day, time: string, state: Today | null) =>
      advance(known, { totals: NO_TOTALS, today: state }, at(time));
    const hour = (n: number, EUR: string) => ({ at: `2026-11-21T${n}:00:00.000Z`, revenue: { EUR } });
    const one = seen(start, "21T10:59", today({ hours: [hour(10, "1.00")], latency_p95_ms: 9_000 }));
    const two = seen(
      one,
      "21T11:09",
      today({ purchases: 2, hours: [hour(10, "4.99"), hour(11, "2.00")], latency_p95_ms: 5_000 }),
    );
    const three = seen(two, "21T11:19", null);
    expect([three.revenue, three.worstLatencyMs, three.today]).toEqual([
      { 10: { EUR: "4.99" }, 11: { EUR: "2.00" } },
      9_000,
      { active_players: 3, purchases: 2, revenue: { EUR: "4.99" }, reasons: [] },
    ]);
    const { revenue, worstLatencyMs, today: next } = seen(three, "22T00:09", null);
    expect([revenue, worstLatencyMs, next]).toEqual([{}, null, null]);
  });
});

it("whatever comes, and whenever a check comes: a day's hours add up to what the day brought, and no event is in two days", () => {
  const step = fc.record({
    minutes: fc.integer({ min: 1, max: 700 }),
    events: fc.integer({ min: 0, max: 50 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      let [day, now, sum] = [firstDay(NO_TOTALS, true, at("01T00:09")), at("01T00:09"), 0];
      const days = new Map<string, Day>();
      for (const { minutes, events } of steps) {
        now += minutes * 60_000;
        sum += events;
        day = advance(day, { totals: totals({ received: sum }), today: null }, now);
        days.set(dayOf(now), day);
      }
      const perDay = [...days.values()].map(received);
      const perHour = [...days.values()].map(({ hours }) => Object.values(hours).reduce((a, b) => a + b, 0));
      expect(perHour).toEqual(perDay);
      expect(perDay.reduce((a, b) => a + b, 0)).toBe(sum);
      expect(day.recent.length).toBeLessThanOrEqual(66);
    }),
  );
});
