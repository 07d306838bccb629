import type { Tail } from "./tail.ts";

/** The object that shows a game's events to those who watch it. */
export function tailOf(env: Env, game: string): DurableObjectStub<Tail> {
  return env.TAIL.getByName(game);
}
