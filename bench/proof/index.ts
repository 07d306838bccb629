import type { BenchOptions } from "../index.ts";
import { nextMessage, startScript, stopProcess } from "../scratch.ts";
import type { Contender } from "./contenders.ts";
import { measureCost } from "./cost.ts";
import { type Crashable, type Crashed, crash } from "./crash.ts";
import { reportProof } from "./report.ts";
import { benchSdks, ensurePeers, reportSdks, SDKS, type SdkResult } from "./sdk.ts";
import { measureSpeeds, type Speed } from "./speed.ts";

const BATCH_SIZES = [1, 10, 50];

/** In the middle between two of the prototype's calls: its loss is then neither the least nor the most that it can be. */
const EVENTS_PER_LIFE = 1_250;
const DEATHS = 3;

/** Less, and sooner. */
const QUICK = {
  batchSizes: [10],
  seconds: 2,
  rounds: 1,
  deaths: 1,
  sdks: ["playtrail", "posthog-node", "segment"] as const,
};

/** All that was measured at one batch size. */
export interface Proof {
  eventsPerRequest: number;
  speeds: Record<Contender, Speed>;
  /** Of a million events; absent where a contender collects nothing. */
  dollars: Partial<Record<Contender, number>>;
  crashed: Partial<Record<Contender, Crashed>>;
  /** What went wrong, in words. While this is not empty, the numbers are worth nothing. */
  problems: string[];
}

/** `npm run bench`: Playtrail beside what it is to be judged by, and its SDK beside others. */
export async function runProof(options: BenchOptions): Promise<{ collectors: Proof[]; sdks: SdkResult[] }> {
  const plan = options.quick ? QUICK : { ...options, deaths: DEATHS, sdks: SDKS };
  const { batchSizes = BATCH_SIZES, seconds, rounds, deaths } = plan;
  ensurePeers(plan.sdks);
  const sink = startScript("firehose-sink.ts");
  const firehoseUrl = `http://127.0.0.1:${await nextMessage<number>(sink)}`;
  const collectors: Proof[] = [];
  for (const eventsPerRequest of batchSizes) {
    console.error(`${eventsPerRequest} a request …`);
    const { speeds, problems } = await measureSpeeds({ eventsPerRequest, seconds, rounds, firehoseUrl });
    const cost = await measureCost(eventsPerRequest, seconds, firehoseUrl);
    collectors.push({
      eventsPerRequest,
      speeds,
      dollars: { prototype: cost.prototype, playtrail: cost.playtrail },
      crashed: await crashBoth(eventsPerRequest, deaths),
      problems: [...problems, ...cost.problems].map((problem) => `${eventsPerRequest} a request: ${problem}`),
    });
  }
  await stopProcess(sink);
  console.log(`${reportProof(collectors)}\n`);

  const sdks = await benchSdks(plan.sdks);
  console.log(reportSdks(sdks));
  return { collectors, sdks };
}

async function crashBoth(eventsPerRequest: number, deaths: number): Promise<Record<Crashable, Crashed>> {
  const options = { eventsPerRequest, deaths, eventsPerLife: EVENTS_PER_LIFE };
  return { prototype: await crash("prototype", options), playtrail: await crash("playtrail", options) };
}
