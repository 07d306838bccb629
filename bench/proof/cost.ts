import { billedBytes } from "../../worker/firehose/limits.ts";
import { PRICES, totalDollars } from "../../worker/operate/prices.ts";
import { awakeMs, costOf, type Setting, use } from "../cost.ts";
import { startPlaytrail } from "../cost-contenders.ts";
import { makeBatch } from "../events.ts";
import type { Arrivals } from "../load.ts";
import { startScript, stopProcess } from "../scratch.ts";

/** The load that costs and losses are told for: 86 million events a day, each request at a moment of its own. */
export const STEADY_EVENTS_PER_SECOND = 1_000;

/** Long enough for V8 to compile what is hot. */
const WARM_UP: Arrivals = { connections: 16 };
const WARM_UP_SECONDS = 1;

/**
 * One always-on server: a Fargate task of 1 vCPU and 2 GB, Linux on x86 in us-east-1. No load balancer, no second one beside it.
 * https://aws.amazon.com/fargate/pricing/
 */
export const SERVER_DOLLARS_PER_HOUR = 0.04048 + 2 * 0.004445;

/** What a million events cost in dollars at {@link STEADY_EVENTS_PER_SECOND}, and what went wrong, in words. */
export interface SteadyCost {
  playtrail: number;
  prototype: number;
  problems: string[];
}

/** Measures what Playtrail uses under the steady load, and prices it; the prototype's bill follows from its design. */
export async function measureCost(
  eventsPerRequest: number,
  seconds: number,
  firehoseEndpoint: string,
): Promise<SteadyCost> {
  const loader = startScript("load.ts");
  const setting: Setting = { eventsPerRequest, firehoseEndpoint, loader, problems: [] };
  const arrivals = { requestsPerSecond: STEADY_EVENTS_PER_SECOND / eventsPerRequest };
  const playtrail = await startPlaytrail(firehoseEndpoint);
  await use(setting, playtrail, WARM_UP, WARM_UP_SECONDS);
  const { used } = await use(setting, playtrail, arrivals, seconds);
  await playtrail.worker.stop();
  await stopProcess(loader);
  return {
    playtrail: totalDollars(costOf(setting, used, awakeMs(arrivals))),
    prototype: prototypeDollars(),
    problems: setting.problems,
  };
}

/** A record an event, each billed as if it were full; and the server's share. */
function prototypeDollars(): number {
  const recordBytes = billedBytes(makeBatch(1).bytes.byteLength);
  const serverDollarsPerEvent = SERVER_DOLLARS_PER_HOUR / 3_600 / STEADY_EVENTS_PER_SECOND;
  return 1_000_000 * (recordBytes * PRICES.firehoseBytes + serverDollarsPerEvent);
}
