import { drain, settingsOf, startCollector } from "../faults/collector.ts";
import { CREDENTIALS, REGION, STREAM, type StandIn, startStandIn } from "../faults/stand-in.ts";
import { until } from "../faults/wait.ts";
import { startPrototype } from "../prototype/start.ts";
import { STEADY_EVENTS_PER_SECOND } from "./cost.ts";
import { sendSteadily } from "./steady-load.ts";

/** Both send what waits so often. */
const FLUSH_INTERVAL_MS = "1000";

/** Who is killed. The other two deliver nothing that could be lost. */
export type Crashable = "prototype" | "playtrail";

/** How hard it is tried. */
export interface CrashOptions {
  eventsPerRequest: number;
  deaths: number;
  /** A death comes after so many further events were acknowledged. */
  eventsPerLife: number;
}

/** What became of the events. */
export interface Crashed {
  acknowledged: number;
  /** Different events that the Firehose stand-in stored; also some whose answer the death cut off. */
  stored: number;
  /** Acknowledged, and not stored. */
  lost: number;
  /** Stored more than once. */
  copies: number;
}

/** A collector under a name that both have. */
interface Victim {
  eventsUrl: string;
  writeKey: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Resolves when nothing waits for delivery any more. */
  drained(): Promise<unknown>;
  stop(): Promise<void>;
}

const START: Record<Crashable, (firehose: StandIn) => Promise<Victim>> = {
  async prototype({ url }) {
    const target = { url, stream: STREAM, region: REGION, credentials: CREDENTIALS };
    const prototype = await startPrototype(target);
    const isEmpty = async () => (await prototype.stats()).waiting === 0;
    return { ...prototype, drained: () => until("the prototype's memory is empty", isEmpty) };
  },
  async playtrail({ url }) {
    const collector = await startCollector(settingsOf(url, { FLUSH_INTERVAL_MS }));
    return { ...collector, eventsUrl: `${collector.url}/v1/events`, drained: () => drain(collector) };
  },
};

/** Sends at an even rate, and kills the collector in mid-load (`kill -9`) and starts it again, as often as asked. */
export async function crash(
  name: Crashable,
  { eventsPerRequest, deaths, eventsPerLife }: CrashOptions,
): Promise<Crashed> {
  const firehose = await startStandIn();
  const victim = await START[name](firehose);
  const load = sendSteadily(victim, eventsPerRequest, STEADY_EVENTS_PER_SECOND);
  try {
    for (let death = 1; death <= deaths; death++) {
      const due = death * eventsPerLife;
      await until(`${due} events are acknowledged`, () => load.acknowledged.size >= due, 1);
      await victim.kill();
      await victim.restart();
    }
    await load.stop();
    await victim.drained();
    await firehose.collect();
  } finally {
    await load.stop();
    await victim.stop();
    await firehose.close();
  }

  const { delivered } = firehose;
  return {
    acknowledged: load.acknowledged.size,
    stored: delivered.size,
    lost: [...load.acknowledged].filter((id) => !delivered.has(id)).length,
    copies: [...delivered.values()].filter((times) => times > 1).length,
  };
}
