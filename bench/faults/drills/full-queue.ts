import { makeBatch } from "../../events.ts";
import { post, postFresh } from "../batches.ts";
import { drain, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";
import { until } from "../wait.ts";

/** A queue that has no room says so, and when to come back; nothing is dropped to make room, and the SDK holds on to the rest. */
export const fullQueue = drill({
  number: 10,
  name: "The queue is full",
  duplicates: null,
  settings: { QUEUE_MAX_BYTES: "1048576" },
  sizes: { full: { events: 50_000 }, short: { events: 3_000 } },
  open: startCollector,
  async act({ collector, firehose, book, seat }, { events }) {
    const players = seat(20);
    // From what it delivered of late the queue knows how soon it will have room.
    for (let round = 0; round < 4; round++) {
      players.report(1_000);
      await players.settled();
      await drain(collector);
    }

    await firehose.fail({ mode: "unavailable" });
    players.report(events);
    const batch = makeBatch(100);
    const start = performance.now();
    let told = await postFresh(collector, book, batch);
    await until("the queue is full", async () => {
      if (told.status === 202) told = await postFresh(collector, book, batch);
      return told.status !== 202;
    });
    const { status, retryAfter = 0 } = told;
    const { depth } = await collector.stats();

    await firehose.heal();
    await until("there is room again", async () => (await post(collector, book, batch)).status === 202, 200);
    await players.settled();
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    const held = players.unanswered.size;
    return {
      drainMs: await drain(collector),
      note: `${depth.events} waited, ${held} held by the SDK; Retry-After ${retryAfter} s; all in after ${seconds} s`,
      problems: [
        ...(status === 503 && retryAfter > 0
          ? []
          : [`a full queue said ${status}, Retry-After ${retryAfter}`]),
        ...(held > 0 ? [] : ["no player met a full queue"]),
      ],
    };
  },
});
