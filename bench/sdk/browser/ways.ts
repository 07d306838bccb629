import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { Fault } from "../collector/faults.ts";
import type { Stage } from "./stage.ts";

/** For how long a player is offline. */
const OFFLINE_MS = 3_000;
/** How long a page that is offline stays before it is closed. */
const LINGER_MS = 1_000;

/** How long after the player is back online the game reports something again. */
const GO_ON_MS = 1_000;

/** What a player may do to events that were just reported. */
export interface Way {
  events: number;
  /** Begins when `hasBegun` is called. */
  fault: Fault;
  /** Reports the events and does it; gives the tab, where one is still open. `hasBegun` says from when on events can arrive. */
  go(stage: Stage, hasBegun: () => void): Promise<Page | undefined>;
}

/**
 * Chromium lets a last request of a page through though it be offline: the collector is not to be reached either. It is back a little
 * earlier than the network, so that whoever is first to try succeeds.
 */
const UNREACHABLE: Fault = { kind: "drop", forMs: OFFLINE_MS - 200 };

/** Each by a name that the aims know. */
export const WAYS = {
  "50, then another page": {
    events: 50,
    fault: { kind: "none" },
    async go({ openGame, menu }, hasBegun) {
      const tab = await openGame();
      hasBegun();
      await tab.evaluate(
        `void setTimeout(() => { game.play(1, 50); location.href = ${JSON.stringify(menu)}; })`,
      );
      await tab.waitForURL(menu);
      return tab;
    },
  },
  "50, then the tab is closed": {
    events: 50,
    fault: { kind: "none" },
    async go({ openGame }, hasBegun) {
      const tab = await openGame();
      hasBegun();
      await tab.evaluate("game.play(1, 50)");
      await tab.close();
      return undefined;
    },
  },
  "200 while offline for 3 s": {
    events: 200,
    fault: UNREACHABLE,
    async go(stage, hasBegun) {
      const tab = await playOffline(stage);
      await sleep(OFFLINE_MS);
      hasBegun();
      await stage.context.setOffline(false);
      // The game goes on: some SDKs look at what waits only when there is something new.
      await sleep(GO_ON_MS);
      await tab.evaluate("game.goOn()");
      return tab;
    },
  },
  "200 while offline, the tab closed, a visit online": {
    events: 200,
    fault: UNREACHABLE,
    async go(stage, hasBegun) {
      const tab = await playOffline(stage);
      await sleep(LINGER_MS);
      await tab.close();
      await sleep(OFFLINE_MS - LINGER_MS);
      await stage.context.setOffline(false);
      hasBegun();
      return stage.openGame();
    },
  },
  "100 in each of two tabs, both reloaded": {
    events: 200,
    fault: { kind: "none" },
    async go({ openGame }, hasBegun) {
      const [first, second] = await Promise.all([openGame(), openGame()]);
      hasBegun();
      await Promise.all([playAndReload(first, 1, 100), playAndReload(second, 101, 200)]);
      return first;
    },
  },
} satisfies Record<string, Way>;

/** The name of one of them. */
export type WayName = keyof typeof WAYS;

/** Opens the game, takes its network away, and reports 200 events. */
async function playOffline({ openGame, context, collector }: Stage): Promise<Page> {
  const tab = await openGame();
  collector.start();
  await context.setOffline(true);
  await tab.evaluate("game.play(1, 200)");
  return tab;
}

async function playAndReload(tab: Page, from: number, to: number): Promise<void> {
  const isLoaded = tab.waitForEvent("load");
  await tab.evaluate(`void setTimeout(() => { game.play(${from}, ${to}); location.reload(); })`);
  await isLoaded;
}
