import { MAX_RECORDS_PER_CALL } from "../../worker/firehose/limits.ts";
import { type RunningPlaytrail, startContenders } from "../contenders.ts";
import { startPrototype } from "../prototype/start.ts";

/** Who is compared, from the least that a Worker can do to all that Playtrail does. */
export const CONTENDERS = ["bare", "floor", "prototype", "playtrail"] as const;
export type Contender = (typeof CONTENDERS)[number];

/** A contender that is ready for requests. */
export interface Entrant {
  /** Where events go. */
  eventsUrl: string;
  /** What sends them; absent where the contender asks for none. */
  writeKey?: string;
  /** What it has acknowledged and not delivered yet; absent: it delivers nothing. */
  backlog?(): Promise<Backlog>;
  stop(): Promise<void>;
}

/** What waits for delivery. */
export interface Backlog {
  events: number;
  /** So little waits that it is left to its interval, and costs nothing meanwhile. */
  isResting: boolean;
}

/** Starts all of them, each in a process of its own. */
export async function startEntrants(firehoseUrl: string): Promise<Record<Contender, Entrant>> {
  const { bare, floor, playtrail } = await startContenders(firehoseUrl);
  const prototype = await startPrototype({
    url: firehoseUrl,
    stream: "bench",
    region: "us-east-1",
    credentials: { accessKeyId: "AKIABENCH", secretAccessKey: "bench" },
  });
  return {
    bare: { eventsUrl: bare.eventsUrl, stop: bare.worker.stop },
    floor: { eventsUrl: floor.eventsUrl, stop: floor.worker.stop },
    prototype: { ...prototype, backlog: async () => backlogOf((await prototype.stats()).waiting) },
    playtrail: { ...playtrail, backlog: () => backlogIn(playtrail), stop: playtrail.worker.stop },
  };
}

function backlogOf(events: number): Backlog {
  return { events, isResting: events < MAX_RECORDS_PER_CALL };
}

async function backlogIn({ queueUrl, readKey, firehoseCallBytes }: RunningPlaytrail): Promise<Backlog> {
  const response = await fetch(queueUrl, { headers: { authorization: `Bearer ${readKey}` } });
  if (!response.ok)
    throw new Error(`The queue's stats answered ${response.status}: ${await response.text()}`);
  const { depth } = (await response.json()) as { depth: { events: number; bytes: number } };
  return { events: depth.events, isResting: depth.bytes < firehoseCallBytes };
}
