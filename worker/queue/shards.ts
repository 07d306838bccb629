import type { GameQueue } from "./game-queue.ts";

/** Where a game's events wait: `game/region/n`. Every game has one queue, beside the default region of the stream. */
export function queuesOf(game: string): string[] {
  return [queueFor(game)];
}

/** The queue that takes a game's events. */
export function queueFor(game: string): string {
  return `${game}/enam/0`;
}

/** The object behind a queue's name. The hint counts once, when the object is first used. */
export function queueNamed(env: Env, name: string): DurableObjectStub<GameQueue> {
  return env.GAME_QUEUE.getByName(name, { locationHint: "enam" });
}
