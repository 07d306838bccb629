/**
 * One SDK does one job, a process of its own, so that its processor time, its memory and its pauses are that SDK's alone:
 * `node player.js '<Job>'`. Its messages are {@link Report}s; it starts at the message `go` and ends at `stop`.
 */
import { nowMs } from "./collector/tally.ts";
import type { Adapter, Contender, OpenOptions } from "./contender.ts";
import type { AdapterName } from "./contenders.ts";
import { eventOf } from "./event.ts";

/** What to do. */
export interface Job extends OpenOptions {
  contender: AdapterName;
  events: number;
  /** How many events a second, spread evenly; absent: all of them in one task. */
  perSecond?: number;
  /** What happens after the last event. */
  after: "end" | "drain" | "process.exit" | "wait";
}

/** What the player says. */
export type Report =
  | { kind: "ready" }
  /** All events are tracked. Times are in milliseconds of {@link nowMs}. */
  | { kind: "tracked"; startedAt: number; trackedAt: number }
  /** What the SDK offers for waiting until all is sent has resolved. */
  | { kind: "ended"; at: number }
  | { kind: "usage"; usage: Usage };

/** What it took, from the first event on. */
export interface Usage {
  cpuMs: number;
  longestBlockMs: number;
  peakRssMb: number;
}

const ADAPTERS: Record<AdapterName, () => Promise<Adapter>> = {
  playtrail: () => import("./contenders/playtrail.ts"),
  "posthog-node": () => import("./contenders/posthog-node.ts"),
  segment: () => import("./contenders/segment.ts"),
  "snowplow-node": () => import("./contenders/snowplow-node.ts"),
  "amplitude-node": () => import("./contenders/amplitude-node.ts"),
  mixpanel: () => import("./contenders/mixpanel.ts"),
  gameanalytics: () => import("./contenders/gameanalytics.ts"),
  floor: () => import("./contenders/floor.ts"),
};

const job = JSON.parse(process.argv[2] ?? "") as Job;
const { open } = await ADAPTERS[job.contender]();
const contender = await open(job);
say({ kind: "ready" });
// `once`: the channel does not keep a process alive that nobody listens in.
process.once("message", () => void play(contender));

async function play(contender: Contender): Promise<void> {
  const cpuBefore = process.cpuUsage();
  const startedAt = nowMs();
  if (job.perSecond === undefined) track(contender, 1, job.events);
  else await trackEvenly(contender, job.perSecond);
  const trackedAt = nowMs();
  if (job.after === "process.exit") process.exit(0);
  say({ kind: "tracked", startedAt, trackedAt });
  if (job.after === "drain") return;

  const longestBlock = watchBlocks();
  process.once("message", () => {
    const { user, system } = process.cpuUsage(cpuBefore);
    const peakRssMb = process.resourceUsage().maxRSS / 1_024;
    const usage = { cpuMs: (user + system) / 1_000, longestBlockMs: longestBlock(), peakRssMb };
    process.send?.({ kind: "usage", usage } satisfies Report, () => process.exit(0));
  });
  if (job.after === "wait" || contender.end === undefined) return;
  await contender.end();
  say({ kind: "ended", at: nowMs() });
}

function track(contender: Contender, from: number, to: number): void {
  for (let n = from; n <= to; n++) {
    const { name, properties } = eventOf(n);
    contender.track(name, properties);
  }
}

async function trackEvenly(contender: Contender, perSecond: number): Promise<void> {
  const startedAt = performance.now();
  for (let done = 0; done < job.events; ) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const due = Math.min(job.events, Math.ceil(((performance.now() - startedAt) / 1_000) * perSecond));
    track(contender, done + 1, due);
    done = due;
  }
}

/** Watches for how long at most no timer could run. A timer every 2 ms costs next to nothing. */
function watchBlocks(): () => number {
  const everyMs = 2;
  let last = performance.now();
  let longest = 0;
  setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - everyMs);
    last = now;
  }, everyMs);
  return () => longest;
}

function say(report: Report): void {
  process.send?.(report);
}
