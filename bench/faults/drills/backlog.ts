import { formatCount } from "../../../local/table.ts";
import { makeBatch } from "../../events.ts";
import { postFresh } from "../batches.ts";
import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";

const BATCH_EVENTS = 500;
const SENDERS = 8;
/** Of a process whose runtime, with no limit set, is in no hurry to collect garbage. The full backlog alone would be more. */
const PEAK_MIB_MAX = 512;

/** A night's outage: what piled up drains, and memory does not grow with it. */
export const backlog = drill({
  number: 9,
  name: "A backlog drains",
  duplicates: null,
  sizes: { full: { events: 1_000_000 }, short: { events: 20_000 } },
  open: startCollector,
  async act({ collector, firehose, book }, { events }) {
    await firehose.fail({ mode: "unavailable" });
    let left = events / BATCH_EVENTS;
    const send = async () => {
      for (const batch = makeBatch(BATCH_EVENTS); left > 0; ) {
        left--;
        const { status } = await postFresh(collector, book, batch);
        if (status !== 202) throw new Error(`a batch was answered with ${status}`);
      }
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: SENDERS }, send));
    const inSeconds = (performance.now() - start) / 1_000;
    const { depth } = await collector.stats();

    await firehose.heal();
    const healed = performance.now();
    await collector.flush(); // else it would first wait out its backoff
    await drain(collector);
    const drainMs = performance.now() - healed;
    const peak = collector.peakMebibytes();
    return {
      drainMs,
      note: [
        `in at ${formatCount(events / inSeconds)} events/s, out at ${formatCount((depth.events / drainMs) * 1_000)}/s`,
        `backlog ${formatCount(depth.bytes / 2 ** 20)} MiB, workerd's peak ${formatCount(peak)} MiB`,
      ].join("; "),
      problems:
        peak <= PEAK_MIB_MAX
          ? []
          : [`workerd held ${formatCount(peak)} MiB, at most ${PEAK_MIB_MAX} are expected`],
    };
  },
});
