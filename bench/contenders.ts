import { randomUUID } from "node:crypto";
import { mintKey } from "../worker/auth/keys.ts";
import { GAME } from "./events.ts";
import { fromRepository, playtrail } from "./playtrail.ts";
import { type RunningWorker, startWorker } from "./workerd.ts";

/** The three that are compared, from the least that a Worker can do to all that Playtrail does. */
export const CONTENDERS = ["bare", "floor", "playtrail"] as const;
export type Contender = (typeof CONTENDERS)[number];

/** A contender that is ready for requests. */
export interface RunningContender {
  worker: RunningWorker;
  /** Where events go. */
  eventsUrl: string;
  /** What sends them; absent where the contender asks for none. */
  writeKey?: string;
}

/** Playtrail, and how to ask it what it did. */
export interface RunningPlaytrail extends RunningContender {
  /** `GET /v1/games/:game/queue`. */
  queueUrl: string;
  readKey: string;
  /** Fewer waiting bytes than this are no full Firehose call: they wait for their interval and cost nothing meanwhile. */
  firehoseCallBytes: number;
}

/** Starts all three, each in a workerd of its own. */
export async function startContenders(
  firehoseEndpoint: string,
): Promise<{ bare: RunningContender; floor: RunningContender; playtrail: RunningPlaytrail }> {
  const { compatibilityDate } = playtrail({});
  const [bare, floor, whole] = await Promise.all([
    startWorker({ entry: fromRepository("bench/workers/bare.ts"), compatibilityDate, vars: {}, objects: {} }),
    startWorker({
      entry: fromRepository("bench/workers/floor.ts"),
      compatibilityDate,
      vars: {},
      objects: { FLOOR: "Floor" },
    }),
    startPlaytrail(firehoseEndpoint),
  ]);
  return {
    bare: { worker: bare, eventsUrl: bare.url },
    floor: { worker: floor, eventsUrl: floor.url },
    playtrail: whole,
  };
}

/** Playtrail alone. */
export async function startPlaytrail(firehoseEndpoint: string): Promise<RunningPlaytrail> {
  const secret = randomUUID();
  // The real Worker with the settings of `wrangler.toml`. Only Firehose is a stand-in, and one without a quota: at the
  // default of 5 MiB/s a measurement would leave its delivery, and what that costs, for after its clock stopped.
  const options = playtrail({
    FIREHOSE_ENDPOINT: firehoseEndpoint,
    FIREHOSE_MIB_PER_S: "1000",
    KEY_SECRETS: secret,
    AWS_ACCESS_KEY_ID: "AKIABENCH",
    AWS_SECRET_ACCESS_KEY: "bench",
  });
  const worker = await startWorker(options);
  return {
    worker,
    eventsUrl: `${worker.url}/v1/events`,
    writeKey: await mintKey({ game: GAME, role: "write" }, secret),
    queueUrl: `${worker.url}/v1/games/${GAME}/queue`,
    readKey: await mintKey({ game: GAME, role: "read" }, secret),
    firehoseCallBytes: Number(options.vars.FIREHOSE_CALL_BYTES),
  };
}
