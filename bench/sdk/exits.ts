import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { formatCount, formatTable } from "../../local/table.ts";
import { makeDirectory, removeDirectory } from "../scratch.ts";
import { type Collector, startCollector } from "./collector/start.ts";
import { nowMs } from "./collector/tally.ts";
import type { ContenderName } from "./contenders.ts";
import { count, seconds } from "./format.ts";
import { inLanes, type Plan } from "./plan.ts";
import type { Job } from "./player.ts";
import { startPlayer, waitUntil } from "./player-process.ts";

/** How many events a process reports before it ends. */
export const EXIT_EVENTS = 1_000;

const LANES = 3;
const DRAIN_LIMIT_MS = 30_000;
const KILL_AFTER_MS = 1_500;
const RESTART_LIMIT_MS = 10_000;
/** How long what was written to a socket may take to be counted. */
const SETTLE_MS = 300;

const ENDINGS = ["loop drains", "process.exit(0)", "kill -9 after 1.5 s"] as const;

/** How a process ends: by itself, by its own will in the task that reported, or from outside. */
export type Ending = (typeof ENDINGS)[number];

const AFTER: Record<Ending, Job["after"]> = {
  "loop drains": "drain",
  "process.exit(0)": "process.exit",
  "kill -9 after 1.5 s": "wait",
};

/** What became of the events of a process that ended without a flush. */
export interface Exit {
  contender: ContenderName;
  /** Whether the SDK was given a file to keep its queue in; then `arrived` is after a second start. */
  hasFile: boolean;
  ending: Ending;
  arrived: number;
  duplicates: number;
  /** From the last event until the process was gone; NaN: it had to be killed. */
  goneAfterMs: number;
}

/** Ends processes that did not flush, in all ways or in these. */
export function benchExits(
  { contenders }: Pick<Plan, "contenders">,
  endings: readonly Ending[] = ENDINGS,
): Promise<Exit[]> {
  const kept = contenders.filter((name) => name === "playtrail");
  return inLanes(LANES, [
    ...contenders.flatMap((name) => endings.map((ending) => () => end(name, ending))),
    ...kept.flatMap((name) => endings.map((ending) => () => endAndStartAgain(name, ending))),
  ]);
}

async function end(contender: ContenderName, ending: Ending): Promise<Exit> {
  const collector = await startCollector({ kind: "none" });
  const goneAfterMs = await play({ contender }, ending, collector);
  return { contender, hasFile: false, ending, goneAfterMs, ...(await readOut(collector)) };
}

async function endAndStartAgain(contender: ContenderName, ending: Ending): Promise<Exit> {
  const collector = await startCollector({ kind: "none" });
  const directory = makeDirectory();
  const path = join(directory, "queue");
  const goneAfterMs = await play({ contender, path }, ending, collector);
  const job: Job = { contender, path, url: collector.url, settings: "default", events: 0, after: "end" };
  const again = await startPlayer(job);
  again.send("go");
  await waitUntil(() => again.said.ended !== undefined, RESTART_LIMIT_MS);
  await again.kill();
  removeDirectory(directory);
  return { contender, hasFile: true, ending, goneAfterMs, ...(await readOut(collector)) };
}

/** Lets a process report and end; says how long it lived on. */
async function play(
  who: Pick<Job, "contender" | "path">,
  ending: Ending,
  collector: Collector,
): Promise<number> {
  const job = { ...who, url: collector.url, settings: "default", events: EXIT_EVENTS } as const;
  const player = await startPlayer({ ...job, after: AFTER[ending] });
  collector.start();
  const startedAt = nowMs();
  player.send("go");
  if (ending === "kill -9 after 1.5 s") {
    await waitUntil(() => player.said.tracked !== undefined, DRAIN_LIMIT_MS);
    await sleep(KILL_AFTER_MS);
  } else {
    await waitUntil(() => player.gone !== undefined, DRAIN_LIMIT_MS);
  }
  const goneAt = player.gone?.at ?? Number.NaN;
  await player.kill();
  return goneAt - (player.said.tracked?.trackedAt ?? startedAt);
}

async function readOut(collector: Collector): Promise<Pick<Exit, "arrived" | "duplicates">> {
  await sleep(SETTLE_MS);
  const { arrived, duplicates } = await collector.read();
  await collector.stop();
  return { arrived, duplicates };
}

export function reportExits(exits: Exit[]): string {
  const header = [
    `${formatCount(EXIT_EVENTS)} events, no flush: arrived`,
    ...ENDINGS,
    "gone after s",
    "copies",
  ];
  const firsts = exits.filter(({ ending }) => ending === ENDINGS[0]);
  const rows = firsts.map(({ contender, hasFile, goneAfterMs }) => {
    const own = exits.filter((exit) => exit.contender === contender && exit.hasFile === hasFile);
    return [
      hasFile ? `${contender} with a file, after the next start` : contender,
      ...ENDINGS.map((ending) => count(own.find((exit) => exit.ending === ending)?.arrived)),
      Number.isNaN(goneAfterMs) ? `> ${DRAIN_LIMIT_MS / 1_000}` : seconds(goneAfterMs),
      own
        .map(({ duplicates }) => duplicates)
        .reduce((sum, duplicates) => sum + duplicates, 0)
        .toString(),
    ];
  });
  return formatTable(header, rows);
}
