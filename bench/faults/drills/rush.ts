import { setTimeout as sleep } from "node:timers/promises";
import { type Batch, makeBatch } from "../../events.ts";
import { formatCount } from "../../table.ts";
import { postFresh } from "../batches.ts";
import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";

/** What a game of some size sends all day: 50 requests/s of 10 events. */
const NORMAL_REQUESTS_PER_S = 50;
const RUSH = 10;
const BATCH_EVENTS = 10;

/** Ten times the normal load, at a steady pace whatever the answers take: an answer's time counts from when its request was due. */
export const rush = drill({
  number: 14,
  name: `${RUSH} × normal load`,
  duplicates: null,
  sizes: { full: { seconds: 60 }, short: { seconds: 2 } },
  open: startCollector,
  async act({ collector, book }, { seconds }) {
    const idle: Batch[] = [];
    const latenciesMs: number[] = [];
    let errors = 0;
    const request = async (dueAt: number) => {
      const batch = idle.pop() ?? makeBatch(BATCH_EVENTS);
      const status = await postFresh(collector, book, batch).then(
        (told) => told.status,
        () => null,
      );
      idle.push(batch);
      latenciesMs.push(performance.now() - dueAt);
      if (status !== 202) errors++;
    };

    const requests = NORMAL_REQUESTS_PER_S * RUSH * seconds;
    const start = performance.now();
    const sent: Promise<void>[] = [];
    while (sent.length < requests) {
      const dueAt = start + (sent.length * 1_000) / (NORMAL_REQUESTS_PER_S * RUSH);
      const wait = dueAt - performance.now();
      if (wait > 0) await sleep(wait);
      sent.push(request(dueAt));
    }
    await Promise.all(sent);
    latenciesMs.sort((a, b) => a - b);
    const percentile = (share: number) =>
      `${latenciesMs[Math.floor(latenciesMs.length * share)]?.toFixed(1)} ms`;
    return {
      drainMs: await drain(collector),
      note: `${formatCount(requests / seconds)} requests/s for ${seconds} s: p50 ${percentile(0.5)}, p99 ${percentile(0.99)}, ${errors} errors`,
      problems: errors === 0 ? [] : [`${errors} requests were not answered with 202`],
    };
  },
});
