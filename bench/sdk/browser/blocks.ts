import { formatCount, formatTable, median } from "../../../local/table.ts";
import { decimal, NOTHING } from "../format.ts";
import type { Plan } from "../plan.ts";
import { BROWSER_TRAITS, type BrowserContender } from "./contenders.ts";
import { arrivals, onStage, type Theatre } from "./stage.ts";

/** How many events a page reports in one task. */
export const BLOCK_EVENTS = 1_000;

/** From here on a browser calls a task long, and says how long it took. */
export const LONG_TASK_MS = 50;

const ARRIVE_MS = 25_000;
const ARRIVE_QUICKLY_MS = 3_000;
/** For opening the page, and for what it blocks. */
const EXTRA_MS = 30_000;

/** For how long a page could do nothing else. */
export interface Block {
  contender: BrowserContender;
  /** How long the calls took that report the events: the median of the rounds; NaN: they did not come back. */
  trackMs: number;
  /** The longest task until all had arrived, these calls' or a later one; 0: none that the browser calls long. */
  longestTaskMs: number;
  /** Within `arriveMs`. */
  arrived: number;
  arriveMs: number;
  failure?: string;
}

/** Many events in one task of a page that nothing else happens beside. */
export async function benchBlocks(theatre: Theatre, plan: Plan): Promise<Block[]> {
  const { browserContenders, rounds, quick } = plan;
  const [anyone] = browserContenders;
  // A browser's first page is slow, whoever's it is.
  if (anyone !== undefined) await block(theatre, anyone, 0);
  const blocks: Block[] = [];
  for (const contender of browserContenders)
    blocks.push(await block(theatre, contender, quick ? ARRIVE_QUICKLY_MS : ARRIVE_MS));

  // The calls alone again, round by round: what comes after them takes many times as long, and varies less.
  const trackMs = blocks.map((first) => [first.trackMs]);
  for (let round = 1; round < rounds; round++) {
    for (const [index, { contender }] of blocks.entries()) {
      if (BROWSER_TRAITS[contender].isSlow) continue;
      trackMs[index]?.push((await block(theatre, contender, 0)).trackMs);
    }
  }
  return blocks.map((first, index) => ({ ...first, trackMs: median(trackMs[index] ?? []) }));
}

async function block(theatre: Theatre, contender: BrowserContender, arriveMs: number): Promise<Block> {
  const found: Block = { contender, trackMs: Number.NaN, longestTaskMs: Number.NaN, arrived: 0, arriveMs };
  const failure = await onStage(theatre, contender, { kind: "none" }, arriveMs + EXTRA_MS, async (stage) => {
    const tab = await stage.openGame();
    stage.collector.start();
    found.trackMs = await tab.evaluate<number>(`game.time(${BLOCK_EVENTS})`);
    found.arrived = (await arrivals(stage.collector, BLOCK_EVENTS, arriveMs)).arrived;
    if (arriveMs > 0) found.longestTaskMs = await tab.evaluate<number>("game.longestTaskMs()");
  });
  return failure === undefined ? found : { ...found, failure };
}

export function reportBlocks(blocks: Block[]): string {
  const header = [
    `${formatCount(BLOCK_EVENTS)} in one task of a page`,
    "ms in track()",
    "longest task ms",
    `arrived in ${(blocks[0]?.arriveMs ?? 0) / 1_000} s`,
    "remark",
  ];
  const rows = blocks.map(({ contender, trackMs, longestTaskMs, arrived, failure }) => [
    contender,
    decimal(trackMs),
    taskMs(longestTaskMs),
    formatCount(arrived),
    failure ?? "",
  ]);
  return formatTable(header, rows, ["remark"]);
}

/** A task's length; below a limit, browsers do not say. */
export function taskMs(ms: number): string {
  if (Number.isNaN(ms)) return NOTHING;
  return ms === 0 ? `< ${LONG_TASK_MS}` : formatCount(ms);
}
