import { setTimeout as sleep } from "node:timers/promises";
import { formatCount, formatTable } from "../../table.ts";
import { nowMs } from "../collector/tally.ts";
import { NOTHING } from "../format.ts";
import { inLanes, type Plan } from "../plan.ts";
import { BROWSER_TRAITS, type BrowserContender } from "./contenders.ts";
import { arrivals, onStage, type Theatre } from "./stage.ts";
import { WAYS, type Way, type WayName } from "./ways.ts";

/** Players at once: they mostly wait, and with more of them the processors would decide how soon events arrive. */
const LANES = 5;
/** For opening pages and being offline. */
const EXTRA_MS = 40_000;

/** How long events have to arrive before the next visit. */
const FIRST_MS = 5_000;
/** How long a page stays at least before the next visit. */
const STAY_MS = 500;

const QUICK_WAYS: readonly WayName[] = [
  "50, then another page",
  "200 while offline, the tab closed, a visit online",
  "100 in each of two tabs, both reloaded",
];

/** How long a visit has to send what is missing, and then to send once more what is not. */
interface Visit {
  missingMs: number;
  copiesMs: number;
}

const VISIT: Visit = { missingMs: 6_000, copiesMs: 1_500 };
const SLOW_VISIT: Visit = { missingMs: 10_000, copiesMs: 1_500 };
const QUICK_VISIT: Visit = { missingMs: 3_000, copiesMs: 1_000 };

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
  const visitOf = (contender: BrowserContender) => {
    if (quick) return QUICK_VISIT;
    return BROWSER_TRAITS[contender].isSlow ? SLOW_VISIT : VISIT;
  };
  const tasks = names.flatMap((name) =>
    browserContenders.map((contender) => () => travel(theatre, name, contender, visitOf(contender))),
  );
  return inLanes(LANES, tasks);
}

async function travel(
  theatre: Theatre,
  name: WayName,
  contender: BrowserContender,
  visit: Visit,
): Promise<Journey> {
  const way: Way = WAYS[name];
  const { events, fault } = way;
  const nothing = { arrived: 0, lastAfterMs: Number.NaN, arrivedInAll: 0, duplicates: 0, strangers: 0 };
  const journey: Journey = { way: name, contender, events, ...nothing };
  const limitMs = FIRST_MS + visit.missingMs + EXTRA_MS;
  const failure = await onStage(theatre, contender, fault, limitMs, async (stage) => {
    const { collector } = stage;
    if (fault.kind === "none") collector.start();
    let begunAt = nowMs();
    const tab = await way.go(stage, () => {
      begunAt = nowMs();
    });
    const first = await arrivals(collector, events, FIRST_MS);
    journey.arrived = first.arrived;
    if (first.arrived > 0) journey.lastAfterMs = Math.max(0, first.lastArrivalAt - begunAt);

    await sleep(STAY_MS);
    await stage.openGame(tab);
    await arrivals(collector, events, visit.missingMs);
    await sleep(visit.copiesMs);
    const { arrived, duplicates, strangers } = await collector.read();
    Object.assign(journey, { arrivedInAll: arrived, duplicates, strangers });
  });
  return failure === undefined ? journey : { ...journey, failure };
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
