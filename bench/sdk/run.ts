import { setTimeout as sleep } from "node:timers/promises";
import { type Fault, outageMs } from "./collector/faults.ts";
import { type Collector, startCollector } from "./collector/start.ts";
import { nowMs, type Tally } from "./collector/tally.ts";
import { TRAITS } from "./contenders.ts";
import type { Job, Usage } from "./player.ts";
import { type Player, startPlayer, waitUntil } from "./player-process.ts";

/** How often the stand-in is asked. */
const POLL_MS = 100;
/** An SDK that said it is done, and sends nothing for so long, is done. */
const QUIET_MS = 2_000;
/** How long a process has for its last message. */
const STOP_MS = 5_000;

/** What one run of one SDK came to. Times are in milliseconds after its first event. */
export interface Outcome {
  /** How many events it was given. */
  events: number;
  trackMs: number;
  tally: Tally;
  /** When the last event arrived that had not arrived before. */
  lastArrivalMs: number;
  /** When all that the SDK offers for waiting had resolved, and how many events had arrived by then; absent: not within the limit. */
  ended?: { ms: number; arrived: number };
  /** Absent: its process died, or no longer answers. */
  usage?: Usage;
  /** The exit code, or the signal, of a process that died of itself. */
  died?: number | string;
}

/** Lets one SDK track and deliver, for at most `limitMs`: what has arrived by then is what counts. */
export async function run(job: Omit<Job, "url" | "after">, fault: Fault, limitMs: number): Promise<Outcome> {
  const collector = await startCollector(fault);
  const player = await startPlayer({ ...job, url: collector.url, after: "end" });
  collector.start();
  player.send("go");
  const startedAt = nowMs();
  const arrivedAtEnd = await follow(player, collector, {
    events: job.events,
    quietMs: TRAITS[job.contender].quietMs,
    endsAt: startedAt + limitMs,
    outageEndsAt: startedAt + outageMs(fault),
  });
  const died = player.gone?.by;
  player.send("stop");
  await waitUntil(() => player.said.usage !== undefined || player.gone !== undefined, STOP_MS);
  const tally = await collector.read();
  await Promise.all([player.kill(), collector.stop()]);

  const { tracked, ended, usage } = player.said;
  const since = (at: number) => Math.max(0, at - (tracked?.startedAt ?? startedAt));
  return {
    events: job.events,
    trackMs: since(tracked?.trackedAt ?? startedAt),
    tally,
    lastArrivalMs: since(tally.lastArrivalAt),
    ...(ended && arrivedAtEnd !== undefined && { ended: { ms: since(ended.at), arrived: arrivedAtEnd } }),
    ...(usage && { usage: usage.usage }),
    ...(died !== undefined && { died }),
  };
}

interface Watch {
  events: number;
  /** Given where an SDK has no call that says when it is done. */
  quietMs: number | undefined;
  endsAt: number;
  outageEndsAt: number;
}

/** Waits until nothing more is to come; gives what had arrived when the SDK said that it was done. */
async function follow(player: Player, collector: Collector, watch: Watch): Promise<number | undefined> {
  let arrivedAtEnd: number | undefined;
  for (;;) {
    const isEnded = player.said.ended !== undefined;
    const tally = await collector.read();
    if (isEnded) arrivedAtEnd ??= tally.arrived;
    const now = nowMs();
    const isThrough = isEnded || watch.quietMs !== undefined;
    if (now > watch.endsAt || player.gone !== undefined) return arrivedAtEnd;
    if (isThrough && tally.arrived === watch.events) return arrivedAtEnd;
    const lastSignAt = Math.max(
      tally.lastRequestAt,
      player.said.tracked?.trackedAt ?? now,
      watch.outageEndsAt,
    );
    if (isThrough && now - lastSignAt > (watch.quietMs ?? QUIET_MS)) return arrivedAtEnd;
    await sleep(POLL_MS);
  }
}
