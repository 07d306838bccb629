import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Standings } from "../leaderboards/standings.ts";
import { BoardTeller } from "./board-teller.ts";
import type { Ledger } from "./ledger.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A teller whose queue never runs out of what is to be told, and whose boards take so long for each part. */
function endless(takesMs: number) {
  const state = { birth: { salt: "salt" }, boardsUpTo: 0 };
  const ledger = {
    state,
    hasMarks: true,
    untold: () => ({ upTo: state.boardsUpTo + 1, standings: new Standings() }),
    boardsTold(upTo: number) {
      state.boardsUpTo = upTo;
    },
  } as unknown as Ledger;
  return new BoardTeller({
    name: "awesome_game/enam/0",
    ledger: () => ledger,
    async take({ upTo }) {
      vi.setSystemTime(Date.now() + takesMs);
      if (Date.now() > 60_000) throw new Error("it goes on for ever");
      return { upTo };
    },
    writing: (work) => work(),
  });
}

it("a delivery does not wait until boards have caught up: the rest is told with the next", async () => {
  const teller = endless(500);
  await teller.tell();
  expect(Date.now()).toBe(2_000);
  // It was no failure.
  expect(teller.retryAt).toBe(0);
  // Calls that are under way together wait for the same.
  await Promise.all([teller.tell(), teller.tell(), teller.tell()]);
  expect(Date.now()).toBe(4_000);
});
