/** The pages of one game, in the order of the navigation. */
export const GAME_PAGES = [
  "game",
  "live",
  "rejected",
  "drift",
  "reports",
  "dead-letters",
  "keys",
  "privacy",
] as const;
export type GamePage = (typeof GAME_PAGES)[number];

/** Where the console is. It stands behind the `#`, which no server sees. */
export type Route = { page: "overview" } | { page: GamePage; game: string };

/** As worker/events/schemas.ts has it; `*` stands for all games. Anything else in a link must not become part of a call. */
const GAME = /^(?:\*|[a-z0-9][a-z0-9_-]{0,63})$/;

const OVERVIEW: Route = { page: "overview" };

/** `#/games/my_game/live` → the page Live of my_game. What names no page is the overview. */
export function readRoute(hash: string): Route {
  const [games, game = "", page = "game", more] = hash.replace(/^#\/?/, "").split("/");
  const known = GAME_PAGES.find((name) => name === page);
  if (games !== "games" || !GAME.test(game) || known === undefined || more !== undefined) return OVERVIEW;
  return { page: known, game };
}

export function hrefOf(route: Route): string {
  if (route.page === "overview") return "#/";
  return route.page === "game" ? `#/games/${route.game}` : `#/games/${route.game}/${route.page}`;
}
