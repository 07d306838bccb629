import { setTimeout as sleep } from "node:timers/promises";
import { formatCount } from "../../../local/table.ts";
import { makeBatch } from "../../events.ts";
import { post, postFresh, type Told } from "../batches.ts";
import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";

/** What a game of some size sends all day: 50 requests/s of 10 events. */
const NORMAL_REQUESTS_PER_S = 50;
const RUSH = 10;
const BATCH_EVENTS = 10;
/** More at once would only wait in the listening socket's queue, and overflow it. */
const CONNECTIONS = 64;
const PAUSE_AFTER_ERROR_MS = 1_000;

/** Ten times the normal load, at a steady pace whatever the answers take: an answer's time counts from when its request was due. */
export const rush = drill({
  number: 14,
  name: `${RUSH} × normal load`,
  duplicates: null,
  sizes: { full: { seconds: 60 }, short: { seconds: 2 } },
  open: startCollector,
  async act({ collector, book }, { seconds }) {
    const perSecond = NORMAL_REQUESTS_PER_S * RUSH;
    const latenciesMs: number[] = [];
    let errors = 0;
    let begun = 0;
    const start = performance.now();
    const send = async () => {
      const batch = makeBatch(BATCH_EVENTS);
      while (begun < perSecond * seconds) {
        const dueAt = start + (begun++ * 1_000) / perSecond;
        await sleep(Math.max(0, dueAt - performance.now()));
        let isTaken = await postFresh(collector, book, batch).then(wasTaken, wasNotAnswered);
        latenciesMs.push(performance.now() - dueAt);
        while (!isTaken) {
          errors++;
          await sleep(PAUSE_AFTER_ERROR_MS);
          isTaken = await post(collector, book, batch).then(wasTaken, wasNotAnswered);
        }
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, send));
    latenciesMs.sort((a, b) => a - b);
    const percentile = (share: number) =>
      `${formatCount(latenciesMs[Math.floor(latenciesMs.length * share)] ?? Number.NaN)} ms`;
    return {
      drainMs: await drain(collector),
      note: `${perSecond} requests/s for ${seconds} s: p50 ${percentile(0.5)}, p99 ${percentile(0.99)}, ${errors} errors`,
      problems: errors === 0 ? [] : [`${errors} answers were not 202, or did not come`],
    };
  },
});

function wasTaken({ status }: Told): boolean {
  return status === 202;
}

function wasNotAnswered(): boolean {
  return false;
}
