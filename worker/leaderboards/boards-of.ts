import type { Leaderboards } from "./boards.ts";

/** The object that keeps a game's leaderboards. */
export function boardsOf(env: Env, game: string): DurableObjectStub<Leaderboards> {
  return env.BOARDS.getByName(game);
}
