import { expect, it } from "vitest";
import { GAME_PAGES, hrefOf, type Route, readRoute } from "./router.ts";

it("every page has an address that leads back to it", () => {
  const routes: Route[] = [{ page: "overview" }, ...GAME_PAGES.map((page) => ({ page, game: "my_game" }))];
  expect(routes.map((route) => readRoute(hrefOf(route)))).toEqual(routes);
});

it.each([
  "",
  "#",
  "#/games",
  "#/games/g/nothing",
  "#/games/g/live/more",
  "#/games/../keys",
  "#/games/a?b/keys",
  "#/else",
])("%j is the overview", (hash) => {
  expect(readRoute(hash)).toEqual({ page: "overview" });
});
