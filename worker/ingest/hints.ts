import type { Hints } from "../../sdk/events.ts";

/** What is asked of the clients of each game, `*` for those that are not named: the setting CLIENT_HINTS. */
export type HintsByGame = Readonly<Record<string, Hints>>;

/** What is asked of a game's clients. */
export function hintsFor(game: string, hints: HintsByGame): Hints | undefined {
  return hintsNamed(game, hints) ?? hintsNamed("*", hints);
}

/** A game may be called `constructor`. */
function hintsNamed(name: string, hints: HintsByGame): Hints | undefined {
  return Object.hasOwn(hints, name) ? hints[name] : undefined;
}
