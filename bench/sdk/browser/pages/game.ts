import type { Contender } from "../../contender.ts";
import { eventOf } from "../../event.ts";

/** What an adapter exports: makes a client that sends to `url`. */
export type Open = (url: string) => Pick<Contender, "track"> | Promise<Pick<Contender, "track">>;

/** What a page has as `game`, once its SDK is ready. */
export interface Game {
  /** Reports events by their numbers. */
  play(from: number, to: number): void;
  /** Reports an event that is not counted. */
  goOn(): void;
  /** Reports events 1 to `events` in one task; gives how many milliseconds that took. */
  time(events: number): Promise<number>;
  /** The longest task that the browser calls long, in milliseconds; 0: none took 50 ms. */
  longestTaskMs(): number;
}

/** As much of a page as is needed: the bench is compiled without the types of browsers. */
declare const location: { search: string };
declare class PerformanceObserver {
  constructor(listener: (list: { getEntries(): { duration: number }[] }) => void);
  observe(options: { type: "longtask" }): void;
}

/** Makes a page a game. Each visit begins with an event of its own: some SDKs send what an earlier visit left only together with a new one. */
export async function startGame(open: Open): Promise<void> {
  const client = await open(new URLSearchParams(location.search).get("collector") ?? "");
  let longestTaskMs = 0;
  const watch = () =>
    new PerformanceObserver((list) => {
      longestTaskMs = Math.max(longestTaskMs, ...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: "longtask" });

  const game: Game = {
    play(from, to) {
      for (let n = from; n <= to; n++) {
        const { name, properties } = eventOf(n);
        client.track(name, properties);
      }
    },
    goOn: () => client.track("game_start", { level: "menu" }),
    time(events) {
      watch();
      const prepared = Array.from({ length: events }, (_, index) => eventOf(index + 1));
      return new Promise((resolve) => {
        setTimeout(() => {
          const startedAt = performance.now();
          for (const { name, properties } of prepared) client.track(name, properties);
          resolve(performance.now() - startedAt);
        });
      });
    },
    longestTaskMs: () => longestTaskMs,
  };
  game.goOn();
  Object.assign(globalThis, { game });
}
