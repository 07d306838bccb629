import { expect, it, vi } from "vitest";
import { countRateLimited, returnRateLimited, takeRateLimited } from "./rate-limited.ts";

it("requests over their limit are told once, to a queue of their own game", () => {
  countRateLimited("a", "write");
  countRateLimited("a", "write");
  countRateLimited("a", "player");
  countRateLimited("b", "server");
  expect(takeRateLimited("a")).toEqual({ player: 1, write: 2, server: 0 });
  expect(takeRateLimited("a")).toBeUndefined();
  expect(takeRateLimited("b")).toEqual({ player: 0, write: 0, server: 1 });
});

it("what no queue has heard is told with the next", () => {
  returnRateLimited("a", { player: 1, write: 2, server: 0 });
  countRateLimited("a", "player");
  expect(takeRateLimited("a")).toEqual({ player: 2, write: 2, server: 0 });
});

it("those with a key for all games are of none", () => {
  countRateLimited("*", "server");
  expect(takeRateLimited("*")).toBeUndefined();
});

it("an isolate remembers a bounded number of games", async () => {
  vi.resetModules();
  const { countRateLimited, takeRateLimited } = await import("./rate-limited.ts");
  const games = Array.from({ length: 1_001 }, (_, n) => `game_${n}`);
  for (const game of games) countRateLimited(game, "write");
  expect(games.map(takeRateLimited).filter((requests) => requests !== undefined)).toHaveLength(1_000);
});
