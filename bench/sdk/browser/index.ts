import type { Plan } from "../plan.ts";
import { type Block, benchBlocks, reportBlocks } from "./blocks.ts";
import { CHROMIUM, hasChromium, launchChromium } from "./chromium.ts";
import { benchJourneys, type Journey, reportJourneys } from "./journeys.ts";
import { startSite } from "./site.ts";

/** What was found in pages; what was not run is empty. */
export interface BrowserFindings {
  blocks: Block[];
  journeys: Journey[];
}

/** Our SDK beside those of others in one Chromium; hands on each table as soon as it is there. */
export async function runBrowser(plan: Plan, print: (table: string) => void): Promise<BrowserFindings> {
  if (!hasChromium()) {
    print(`No browser at ${CHROMIUM} (CHROMIUM names another): nothing is measured in pages.`);
    return { blocks: [], journeys: [] };
  }
  const site = await startSite(plan.browserContenders);
  const browser = await launchChromium();
  try {
    const theatre = { browser, site };
    const blocks = await benchBlocks(theatre, plan);
    print(reportBlocks(blocks));
    const journeys = await benchJourneys(theatre, plan);
    print(reportJourneys(journeys));
    return { blocks, journeys };
  } finally {
    await browser.close();
    site.close();
  }
}
