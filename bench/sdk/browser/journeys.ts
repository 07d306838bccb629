import { setTimeout as sleep } from "node:timers/promises";
import { formatCount, formatTable } from "../../../local/table.ts";
import { nowMs, type Tally } from "../collector/tally.ts";
import { NOTHING } from "../format.ts";
import { inLanes, type Plan } from "../plan.ts";
import { BROWSER_TRAITS, type BrowserContender } from "./contenders.ts";
import { arrivals, onStage, type Theatre } from "./stage.ts";
import { WAYS, type Way, type WayName } from "./ways.ts";

/** Players at once: they mostly wait, and with more of them the processors would decide how soon events arrive. */
const LANES = 5;
/** For opening pages and being offline. */
const EXTRA_MS = 40_000;

/** How long a page stays at least before the next visit. */
const STAY_MS = 500;

const QUICK_WAYS: readonly WayName[] = [
  "50, then another page",
  "200 while offline, the tab closed, a visit online",
];

/** How long things may take. */
interface Limits {
  /** Until all have arrived, before the next visit. */
  firstMs: number;
  /** Until the next visit has sent what was missing. */
  missingMs: number;
  /** And until it has sent once more what was not. */
  copiesMs: number;
}

const LIMITS: Limits = { firstMs: 5_000, missingMs: 6_000, copiesMs: 1_500 };
const SLOW_LIMITS: Limits = { ...LIMITS, missingMs: 10_000 };
const QUICK_LIMITS: Limits = { firstMs: 4_000, missingMs: 3_000, copiesMs: 1_000 };

/** What became of one player's events. */
export interface Journey {
  way: WayName;
  contender: BrowserContender;
  events: number;
  /** Before the player came back. */
  arrived: number;
  /** How long after they could the last of these arrived; NaN: none did. */
  lastAfterMs: number;
  /** Once the player had come back. */
  arrivedInAll: number;
  /** Further copies of events that arrived. */
  duplicates: number;
  /** Those of the copies that no id gives away. */
  strangers: number;
  failure?: string;
}

/** Every way that a player may go, for every contender. */
export function benchJourneys(theatre: Theatre, { browserContenders, quick }: Plan): Promise<Journey[]> {
  const names = (Object.keys(WAYS) as WayName[]).filter((name) => !quick || QUICK_WAYS.includes(name));
  const limitsOf = (contender: BrowserContender) => {
    if (quick) return QUICK_LIMITS;
    return BROWSER_TRAITS[contender].isSlow ? SLOW_LIMITS : LIMITS;
  };
  const tasks = names.flatMap((name) =>
    browserContenders.map((contender) => () => travel(theatre, name, contender, limitsOf(contender))),
  );
  return inLanes(LANES, tasks);
}

async function travel(
  theatre: Theatre,
  name: WayName,
  contender: BrowserContender,
  limits: Limits,
): Promise<Journey> {
  const way: Way = WAYS[name];
  const { events, fault } = way;
  const nothing = { arrived: 0, lastAfterMs: Number.NaN, arrivedInAll: 0, duplicates: 0, strangers: 0 };
  const journey: Journey = { way: name, contender, events, ...nothing };
  const limitMs = limits.firstMs + limits.missingMs + EXTRA_MS;
  const failure = await onStage(theatre, contender, fault, limitMs, async (stage) => {
    const { collector } = stage;
    if (fault.kind === "none") collector.start();
    let begunAt = nowMs();
    const tab = await way.go(stage, () => {
      begunAt = nowMs();
    });
    const first = await arrivals(collector, events, limits.firstMs);
    journey.arrived = first.arrived;
    note(journey, first);
    if (first.arrived > 0) journey.lastAfterMs = Math.max(0, first.lastArrivalAt - begunAt);

    await sleep(STAY_MS);
    await stage.openGame(tab);
    await arrivals(collector, events, limits.missingMs);
    await sleep(limits.copiesMs);
    note(journey, await collector.read());
  });
  return failure === undefined ? journey : { ...journey, failure };
}

function note(journey: Journey, { arrived, duplicates, strangers }: Tally): void {
  Object.assign(journey, { arrivedInAll: arrived, duplicates, strangers });
}

/** A table for each way. */
export function reportJourneys(journeys: Journey[]): string {
  const ways = [...new Set(journeys.map(({ way }) => way))];
  return ways.map((way) => reportWay(journeys.filter((journey) => journey.way === way))).join("\n\n");
}

function reportWay(journeys: Journey[]): string {
  const header = [
    journeys[0]?.way ?? "",
    "arrived",
    "the last after s",
    "after the next visit",
    "lost",
    "copies",
    "without id",
    "remark",
  ];
  return formatTable(header, journeys.map(rowOf), ["remark"]);
}

function rowOf(journey: Journey): string[] {
  const { contender, events, arrived, lastAfterMs, arrivedInAll, duplicates, strangers, failure } = journey;
  return [
    contender,
    formatCount(arrived),
    Number.isNaN(lastAfterMs) ? NOTHING : (lastAfterMs / 1_000).toFixed(2),
    formatCount(arrivedInAll),
    formatCount(events - arrivedInAll),
    formatCount(duplicates),
    formatCount(strangers),
    failure ?? "",
  ];
}
