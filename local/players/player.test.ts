import fc from "fast-check";
import { expect, test } from "vitest";
import { CURRENCIES } from "../../worker/events/currencies.ts";
import { schemas } from "../../worker/events/schemas.ts";
import type { Random } from "./chance.ts";
import { drawProfile, type Move, play } from "./player.ts";

/** A source of chance that is the same for the same seed (mulberry32). */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

function life(seed: number, sessions = 6): Move[] {
  const random = seeded(seed);
  return [...play(drawProfile(random), sessions, random)];
}

const lives = (check: (moves: Move[]) => void) =>
  fc.assert(
    fc.property(fc.integer(), (seed) => check(life(seed))),
    { numRuns: 200 },
  );

function movesOf<Type extends Move["event_type"]>(type: Type, moves: Move[]) {
  return moves.filter((move): move is Extract<Move, { event_type: Type }> => move.event_type === type);
}

test("every move is an event that the collector accepts, without a field that it does not know", () => {
  const context = { user_id: "player_1", session_id: "s", platform: "ios", app_version: "1.0.0" };
  lives((moves) => {
    for (const { event_type, fields } of moves) {
      const event = { event_type, ...context, ...fields };
      expect(schemas[event_type].strict().parse(event)).toEqual(event);
    }
  });
});

test("a player installs once, then plays whole sessions", () => {
  lives((moves) => {
    const frame = moves
      .map((move) => move.event_type)
      .filter((type) => ["install", "session_start", "session_end"].includes(type));
    expect(frame).toEqual(["install", ...Array(6).fill(["session_start", "session_end"]).flat()]);
    expect(moves.at(-1)?.event_type).toBe("session_end");
  });
});

test("gold is never spent before it is earned, and every balance adds up", () => {
  lives((moves) => {
    let balance = 0;
    for (const { fields } of movesOf("resource", moves)) {
      balance += fields.flow === "source" ? fields.amount : -fields.amount;
      expect(fields.properties).toEqual({ balance });
      expect(balance).toBeGreaterThanOrEqual(0);
    }
  });
});

test("a level that was started is completed or failed next, on the same attempt", () => {
  lives((moves) => {
    const steps = movesOf("progression", moves).map(({ fields }) => fields);
    for (const [index, start] of steps.entries()) {
      if (start.status !== "start") continue;
      const end = steps[index + 1];
      expect({ level: end?.level, attempt: end?.attempt }).toEqual({
        level: start.level,
        attempt: start.attempt,
      });
      expect(end?.status).not.toBe("start");
    }
  });
});

test("a price has exactly its currency's decimals", () => {
  const purchases = Array.from({ length: 300 }, (_, seed) => movesOf("purchase", life(seed))).flat();
  for (const { fields } of purchases) {
    expect(String(fields.price).split(".")[1]?.length ?? 0).toBe(CURRENCIES.get(fields.currency));
  }
  expect(new Set(purchases.map(({ fields }) => fields.currency)).size).toBe(6);
});

test("a few players make events of every type, and few of them pay", () => {
  const all = Array.from({ length: 100 }, (_, seed) => life(seed));
  expect(new Set(all.flat().map((move) => move.event_type))).toEqual(new Set(Object.keys(schemas)));
  const payers = all.filter((moves) => movesOf("purchase", moves).length > 0).length;
  expect(payers).toBeGreaterThan(10);
  expect(payers).toBeLessThan(50);
});
