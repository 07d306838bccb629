import { makeBatch } from "../../events.ts";
import { post, postFresh } from "../batches.ts";
import { drain } from "../collector.ts";
import { drill } from "../drill.ts";
import { startEvictable } from "../evictable.ts";
import { until } from "../wait.ts";

/** The platform takes a queue's memory away whenever it likes: each step finds all that it needs in storage. */
export const eviction = drill({
  number: 7,
  name: "The queue is evicted between all steps",
  duplicates: null,
  // Long: nothing is to be on its way by itself while an object is evicted, for the harness lets no call end meanwhile.
  settings: { FLUSH_INTERVAL_MS: "30000" },
  sizes: { full: { rounds: 20 }, short: { rounds: 2 } },
  open: startEvictable,
  async act({ collector, firehose, book }, { rounds }) {
    const problems: string[] = [];
    let evictions = 0;
    const evict = async () => {
      evictions += await collector.evict();
    };
    const batches = Array.from({ length: rounds }, () => makeBatch(100));
    let drainMs = 0;
    for (const batch of batches) {
      await firehose.fail({ mode: "unavailable" });
      await postFresh(collector, book, batch);
      await evict();
      await collector.flush();
      await evict();
      const { delivery } = await collector.stats();
      if (delivery.consecutive_failures === 0)
        problems.push("an evicted queue forgot that delivery had failed");
      await evict();
      const calls = firehose.calls();
      await firehose.heal();
      const start = performance.now();
      // Nobody asks the queue anything: its alarm alone wakes it.
      await until("the alarm has woken an evicted queue", () => firehose.calls() > calls);
      await drain(collector); // an eviction in mid-call would send the call again: that is drill 6
      drainMs += performance.now() - start;
      await evict();
    }
    for (const batch of batches) {
      const { duplicates } = await post(collector, book, batch);
      if (duplicates !== 100) problems.push(`an evicted queue knew ${duplicates} of 100 events again`);
      await evict();
    }
    return { drainMs, note: `${evictions} evictions`, problems };
  },
});
