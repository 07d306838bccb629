import { setTimeout as sleep } from "node:timers/promises";
import { makeBatch, renewIds } from "../events.ts";

const ID_LENGTH = 36;
/** At most so many requests are on their way: where a collector falls behind, so does the load. */
const UNDER_WAY_MAX = 64;
/** How often it is looked what is due. */
const TICK_MS = 5;

/** A load that goes on, whatever becomes of the collector. */
export interface SteadyLoad {
  /** The ids of all events whose request was answered, and answered for them. */
  acknowledged: ReadonlySet<string>;
  /** Sends nothing more, and resolves when every request has ended. */
  stop(): Promise<void>;
}

/** Sends requests of new events at an even rate, each but once: what nobody answers is not acknowledged, and its sender knows. */
export function sendSteadily(
  { eventsUrl, writeKey }: { eventsUrl: string; writeKey: string },
  eventsPerRequest: number,
  eventsPerSecond: number,
): SteadyLoad {
  const acknowledged = new Set<string>();
  const batch = makeBatch(eventsPerRequest);
  const headers = { authorization: `Bearer ${writeKey}`, "content-type": "application/json" };

  async function send(): Promise<void> {
    renewIds(batch.bytes, batch.idOffsets, 0);
    const body = Uint8Array.from(batch.bytes);
    const ids = batch.idOffsets.map((at) => batch.bytes.toString("latin1", at, at + ID_LENGTH));
    const accepted = await fetch(eventsUrl, { method: "POST", headers, body }).then(readAccepted, () => 0);
    if (accepted === ids.length) for (const id of ids) acknowledged.add(id);
  }

  const underWay = new Set<Promise<void>>();
  let isStopped = false;
  const running = (async () => {
    const startedAt = performance.now();
    for (let sent = 0; !isStopped; await sleep(TICK_MS)) {
      const due = ((performance.now() - startedAt) / 1_000) * (eventsPerSecond / eventsPerRequest);
      for (; sent < due && underWay.size < UNDER_WAY_MAX; sent++) {
        const request = send().finally(() => underWay.delete(request));
        underWay.add(request);
      }
    }
    await Promise.all(underWay);
  })();

  return {
    acknowledged,
    stop() {
      isStopped = true;
      return running;
    },
  };
}

/** How many events an answer accepts; none where it breaks off. */
async function readAccepted(response: Response): Promise<number> {
  const body = await response.json().catch(() => ({ accepted: 0 }));
  return (body as { accepted?: number }).accepted ?? 0;
}
