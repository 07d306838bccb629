import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Fault } from "../collector/faults.ts";
import { type Collector, startCollector } from "../collector/start.ts";
import { nowMs, type Tally } from "../collector/tally.ts";
import type { BrowserContender } from "./contenders.ts";
import type { Site } from "./site.ts";

/** How often the stand-in is asked. */
const POLL_MS = 50;
/** How old a page is before anything happens in it. */
const PAGE_AGE_MS = 500;
/** How long a page that hangs may take to be closed. */
const CLOSE_MS = 5_000;

/** One browser and one site, for all contenders. */
export interface Theatre {
  browser: Browser;
  site: Site;
}

/** One player of one contender's game: storage and a collector of its own. */
export interface Stage {
  context: BrowserContext;
  collector: Collector;
  menu: string;
  /** Opens the game, in a new tab unless one is given, and waits until its SDK is ready. */
  openGame(tab?: Page): Promise<Page>;
}

/** Lets `play` happen for at most `limitMs`; says why it failed, where it did. Nothing a contender does ends the run. */
export async function onStage(
  { browser, site }: Theatre,
  contender: BrowserContender,
  fault: Fault,
  limitMs: number,
  play: (stage: Stage) => Promise<void>,
): Promise<string | undefined> {
  const [context, collector] = await Promise.all([browser.newContext(), startCollector(fault)]);
  const stage: Stage = {
    context,
    collector,
    menu: site.menu,
    async openGame(tab) {
      const page = tab ?? (await context.newPage());
      await page.goto(site.game(contender, collector.url));
      await page.waitForFunction("globalThis.game");
      await sleep(PAGE_AGE_MS);
      return page;
    },
  };
  const failure = await within(limitMs, play(stage));
  await within(CLOSE_MS, context.close());
  await collector.stop();
  return failure;
}

/** Waits for something that may never end, or fail. */
async function within(limitMs: number, work: Promise<void>): Promise<string | undefined> {
  const isOver = new AbortController();
  const late = sleep(limitMs, `hung for ${limitMs / 1_000} s`, { signal: isOver.signal });
  late.catch(() => {}); // it was not too late
  try {
    return (await Promise.race([work, late])) ?? undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split("\n")[0] : String(error);
  } finally {
    isOver.abort();
  }
}

/** Waits until all events have arrived, or for `limitMs`. */
export async function arrivals(collector: Collector, events: number, limitMs: number): Promise<Tally> {
  const endsAt = nowMs() + limitMs;
  for (;;) {
    const tally = await collector.read();
    if (tally.arrived >= events || nowMs() > endsAt) return tally;
    await sleep(POLL_MS);
  }
}
