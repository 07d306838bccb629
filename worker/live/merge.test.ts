import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isoTime } from "../events/time.ts";
import { anEvent, aPurchase } from "../testing/requests.ts";
import { intakeOf } from "./intake.ts";
import { LiveState } from "./live-state.ts";
import { merge } from "./merge.ts";
import { type Countable, RejectedReasons, summaryOf } from "./summary.ts";

const START = Date.parse("2026-11-21T23:10:00.000Z");

const PLAYERS = ["ada", "bo", "cy", "dee"] as const;
type Player = (typeof PLAYERS)[number];

/** One event as it was judged, and what the queue makes of it. */
interface Sent {
  user: Player;
  event: Countable["event"];
  warnings: string[];
  isDuplicate: boolean;
}

/** What came at one time. */
interface Batch {
  shard: number;
  afterMs: number;
  sent: Sent[];
  rejected: { user: Player | null; code: string }[];
  erased: Player[];
  /** Whether events have been delivered since, and after how long. */
  delivered: { events: number; ms: number } | null;
}

const player = fc.constantFrom(...PLAYERS);
const sent: fc.Arbitrary<Sent> = fc.record({
  user: player,
  event: fc.oneof(
    fc.constant(anEvent()),
    fc
      .record({
        price: fc.constantFrom("0.01", "4.99", "1000000.1234"),
        quantity: fc.integer({ min: 1, max: 9 }),
        currency: fc.constantFrom("EUR", "JPY", "KWD"),
      })
      .map(aPurchase),
  ),
  warnings: fc.subarray(["unknown_field", "placeholder"]),
  isDuplicate: fc.boolean(),
});
const batch: fc.Arbitrary<Batch> = fc.record({
  shard: fc.nat(2),
  afterMs: fc.constantFrom(0, 20_000, 61_000, 1_800_000),
  sent: fc.array(sent, { maxLength: 5 }),
  rejected: fc.array(fc.record({ user: fc.option(player), code: fc.constantFrom("required", "too_long") }), {
    maxLength: 3,
  }),
  erased: fc.subarray([...PLAYERS], { maxLength: 1 }),
  delivered: fc.option(
    fc.record({ events: fc.integer({ min: 1, max: 9 }), ms: fc.integer({ min: 1, max: 90_000 }) }),
  ),
});

function intakeFrom({ sent, rejected, erased }: Batch) {
  const users = [...new Set(sent.map(({ user }) => user))];
  const reasons = new RejectedReasons();
  for (const { user, code } of rejected)
    reasons.add(user, "1.0", [{ code, path: "name", message: "m" }], () => `{"code":"${code}"}`);
  const events = sent.map(({ event, warnings }) => ({
    event,
    warnings: warnings.map((code) => ({ code, path: "mood", message: "m" })),
  }));
  const parcel = {
    lengths: new Uint32Array(sent.length),
    users,
    userOf: Uint16Array.from(sent, ({ user }) => users.indexOf(user)),
    rejected: rejected.length,
    summary: summaryOf(events, users, reasons.list()),
  };
  const indexes = (isOne: (one: Sent) => boolean) =>
    sent.flatMap((one, index) => (isOne(one) ? [index] : []));
  return intakeOf(parcel, {
    duplicates: indexes(({ isDuplicate }) => isDuplicate),
    suppressed: indexes(({ user, isDuplicate }) => !isDuplicate && erased.includes(user)),
    erased: new Set(erased),
  });
}

/** Has states see what came, each the batches of its shard; `isOne`: one sees them all. */
function seen(batches: readonly Batch[], { isOne = false, isStored = false } = {}) {
  let states = [new LiveState(), new LiveState(), new LiveState()];
  let now = START;
  for (const batch of batches) {
    now += batch.afterMs;
    const state = states[isOne ? 0 : batch.shard];
    state?.add(intakeFrom(batch), now);
    if (batch.delivered) state?.delivered(batch.delivered.events, now - batch.delivered.ms, now);
    if (isStored) states = states.map((one) => LiveState.parse(String(one)));
  }
  return { now, states };
}

const shown = (batches: readonly Batch[], how = {}) => {
  const { now, states } = seen(batches, how);
  return merge(
    "g",
    now,
    states.map((state) => state.view(now)),
  );
};

describe("the live state of a game", () => {
  it("is the same however its events are spread over queues, and through storage", () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 12 }), (batches) => {
        const one = shown(batches, { isOne: true });
        expect(shown(batches)).toEqual(one);
        expect(shown(batches, { isStored: true })).toEqual(one);
      }),
    );
  });

  it("counts exactly what was taken: no duplicate but as one, nothing of an erased player", () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 12 }), (batches) => {
        const { minutes, hours, today } = shown(batches);
        const end = START + batches.reduce((sum, { afterMs }) => sum + afterMs, 0);
        const isToday = (at: number) => isoTime(at).slice(0, 10) === isoTime(end).slice(0, 10);
        let at = START;
        const expected = { accepted: 0, duplicates: 0, rejected: 0, purchases: 0, typed: 0 };
        const players = new Set<string>();
        for (const { afterMs, sent, rejected, erased } of batches) {
          at += afterMs;
          if (!isToday(at)) continue;
          const taken = sent.filter(({ user, isDuplicate }) => !isDuplicate && !erased.includes(user));
          for (const { user } of taken) players.add(user);
          expected.accepted += taken.length;
          expected.typed += taken.length;
          expected.purchases += taken.filter(({ event }) => event.event_type === "purchase").length;
          expected.duplicates += sent.filter(({ isDuplicate }) => isDuplicate).length;
          expected.rejected += rejected.filter(({ user }) => user === null || !erased.includes(user)).length;
        }
        const { accepted, duplicates, rejected, purchases, events } = today;
        const sum = (counts: Record<string, number>) =>
          Object.values(counts).reduce((all, count) => all + count, 0);
        expect({ accepted, duplicates, rejected, purchases, typed: sum(events) }).toEqual(expected);
        expect(today.active_players).toBe(players.size);
        expect(hours.reduce((all, hour) => all + hour.accepted, 0)).toBe(accepted);
        for (const minute of minutes) expect(sum(minute.events)).toBe(minute.accepted);
      }),
    );
  });

  it("adds up money exactly, however much of it", () => {
    const price = "999999999999999.9999";
    const purchase = {
      user: "ada" as const,
      event: aPurchase({ price, quantity: 1_000_000, currency: "KWD" }),
      warnings: [],
      isDuplicate: false,
    };
    const batch: Batch = {
      shard: 0,
      afterMs: 0,
      sent: [purchase, purchase, purchase],
      rejected: [],
      erased: [],
      delivered: null,
    };
    expect(shown([batch]).today.revenue).toEqual({ KWD: "2999999999999999999700.000" });
  });

  it("stays within its bound, whatever strangers send for a day", () => {
    const state = new LiveState();
    for (let i = 0; i < 1_440; i++) {
      const now = START - 23 * 3_600_000 + i * 60_000;
      const strange = Array.from({ length: 50 }, (_, n) => `${i}/${n}`);
      const reasons = strange.map((code) => ({
        code,
        path: "p".repeat(128),
        version: "v".repeat(64),
        count: 1,
        example: '"'.repeat(1_024),
      }));
      const warnings = strange.map((code) => ({
        code,
        path: "p".repeat(128),
        version: "v".repeat(64),
        type: "custom" as const,
        count: 1,
      }));
      const unknown = strange.map((path) => ({
        code: "unknown_field",
        path,
        version: "v".repeat(64),
        type: "custom" as const,
        count: 1,
      }));
      const players = crypto.getRandomValues(new Uint32Array(8_000));
      state.add(
        {
          accepted: 1,
          duplicates: 0,
          rejected: 50,
          events: { custom: 1 },
          players,
          purchases: [],
          warnings: [...warnings, ...unknown],
          reasons,
        },
        now,
      );
    }
    // The platform's bound on a row is 2 MB: https://developers.cloudflare.com/durable-objects/platform/limits/
    expect(String(state).length).toBeLessThan(1_000_000);
  });

  it("is empty where nothing came", () => {
    const { minutes, hours, today, ...rest } = merge("g", START, []);
    expect([minutes.length, hours.length]).toEqual([60, 24]);
    expect(today).toEqual({
      accepted: 0,
      duplicates: 0,
      rejected: 0,
      events: {},
      purchases: 0,
      revenue: {},
      active_players: 0,
    });
    expect(rest).toMatchObject({ rejections: [], warnings: [], drift: [], shards: 0 });
  });
});
