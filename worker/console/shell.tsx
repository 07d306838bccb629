import { useEffect, useState } from "preact/hooks";
import { DeadLetters } from "./pages/dead-letters.tsx";
import { Drift } from "./pages/drift.tsx";
import { Game } from "./pages/game.tsx";
import { Keys } from "./pages/keys.tsx";
import { LiveEvents } from "./pages/live.tsx";
import { Overview } from "./pages/overview.tsx";
import { Privacy } from "./pages/privacy.tsx";
import { Rejected } from "./pages/rejected.tsx";
import { Reports } from "./pages/reports.tsx";
import { Notice, NotifyProvider } from "./parts/notice.tsx";
import { GAME_PAGES, type GamePage, hrefOf, type Route } from "./router.ts";
import { Brand } from "./sign-in.tsx";
import { useSignedIn } from "./signed-in.ts";

const NAMES: Record<Route["page"], string> = {
  overview: "Overview",
  game: "Game",
  live: "Live",
  rejected: "Rejected",
  drift: "Drift",
  reports: "Reports",
  "dead-letters": "Dead letters",
  keys: "Keys",
  privacy: "Privacy",
};

/** Pages that a key which only reads can do nothing with. */
const ADMIN_PAGES: readonly GamePage[] = ["keys", "privacy"];
/** Keys alone can be for all games. */
const ALL_GAMES_PAGES: readonly GamePage[] = ["keys"];

/** What stands around every page: the navigation, what was done last, and who is signed in. */
export function Shell({ route, onSignOut }: { route: Route; onSignOut: () => void }) {
  const { session } = useSignedIn();
  const games = useGames();
  const game = route.page === "overview" ? gameOf(session.game, games) : route.game;

  const [notice, setNotice] = useState("");

  // A page that is gone to is read from its heading; what was said of the one before is forgotten.
  useEffect(() => {
    const of = route.page === "overview" ? "" : ` · ${route.game}`;
    document.title = `${NAMES[route.page]}${of} · Playtrail`;
    document.querySelector("h1")?.focus();
    scrollTo(0, 0);
    // On a phone the navigation is a strip that scrolls.
    document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
    setNotice("");
  }, [route]);

  return (
    <>
      <header class="top">
        <button type="button" class="skip" onClick={() => document.querySelector("h1")?.focus()}>
          Skip to the page
        </button>
        <a href="#/" class="home">
          <Brand />
        </a>
        <span class="who">
          <span class="badge plain">{session.role}</span> {session.game === "*" ? "all games" : session.game}
        </span>
        <button type="button" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      <nav aria-label="Pages">
        <a href="#/" aria-current={route.page === "overview" ? "page" : undefined}>
          Overview
        </a>
        {game !== undefined && <GamePages game={game} games={games} route={route} />}
      </nav>
      <main>
        <Notice text={notice} onDismiss={() => setNotice("")} />
        <NotifyProvider value={setNotice}>
          <Page key={hrefOf(route)} route={route} />
        </NotifyProvider>
        <footer class="note">All times are UTC; today is the UTC day.</footer>
      </main>
    </>
  );
}

function GamePages({ game, games, route }: { game: string; games: readonly string[]; route: Route }) {
  const { isAdmin } = useSignedIn();
  const pages =
    game === "*" ? ALL_GAMES_PAGES : GAME_PAGES.filter((page) => isAdmin || !ADMIN_PAGES.includes(page));
  const others = games.includes(game) ? games : [game, ...games];
  const go = (to: string) => {
    const isOfGame = route.page !== "overview" && game !== "*";
    location.hash = hrefOf({ page: isOfGame ? route.page : "game", game: to });
  };
  return (
    <>
      {others.length === 1 ? (
        <span class="game-name">{game}</span>
      ) : (
        <select aria-label="Game" value={game} onChange={({ currentTarget }) => go(currentTarget.value)}>
          {others.map((name) => (
            <option key={name} value={name}>
              {name === "*" ? "all games" : name}
            </option>
          ))}
        </select>
      )}
      {pages.map((page) => (
        <a key={page} href={hrefOf({ page, game })} aria-current={route.page === page ? "page" : undefined}>
          {NAMES[page]}
        </a>
      ))}
    </>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "overview":
      return <Overview />;
    case "game":
      return <Game game={route.game} />;
    case "live":
      return <LiveEvents game={route.game} />;
    case "rejected":
      return <Rejected game={route.game} />;
    case "drift":
      return <Drift game={route.game} />;
    case "reports":
      return <Reports game={route.game} />;
    case "dead-letters":
      return <DeadLetters game={route.game} />;
    case "keys":
      return <Keys game={route.game} />;
    case "privacy":
      return <Privacy game={route.game} />;
  }
}

/** The names of the games that the key sees. Asked once: new ones are seen in the overview. */
function useGames(): readonly string[] {
  const { api } = useSignedIn();
  const [games, setGames] = useState<readonly string[]>([]);
  useEffect(() => {
    const leaving = new AbortController();
    api.games(leaving.signal).then(
      (all) => setGames(all.map(({ game }) => game)),
      () => {}, // the page says what is wrong
    );
    return () => leaving.abort();
  }, [api]);
  return games;
}

/** Whose pages the overview leads to: of a key for all games, those of the first. */
function gameOf(ofKey: string, games: readonly string[]): string | undefined {
  return ofKey === "*" ? games[0] : ofKey;
}
