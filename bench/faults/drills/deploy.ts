import { makeBatch } from "../../events.ts";
import { post, postFresh } from "../batches.ts";
import { type CrashableCollector, drain, type Settings, startCollector } from "../collector.ts";
import { drill, type Scene } from "../drill.ts";
import { count } from "../tally.ts";
import { until } from "../wait.ts";

const BATCH_EVENTS = 100;

/** What each version differs in from the one before, which has packed what still waits. */
const VERSIONS: readonly Settings[] = [
  { FIREHOSE_PACKING: "lines", FIREHOSE_CALL_BYTES: "1048576" },
  { FIREHOSE_CALL_BYTES: "65536" },
  { FIREHOSE_PACKING: "event" },
];

/**
 * A deploy under load: the collector is told to go while players send and a call is on its way out, and the next version takes over what
 * it had stored. It answers what was under way, or the SDK sends that again; a call that Firehose had taken, and whose answer
 * came too late, is made once more.
 */
export const deploy = drill({
  number: 15,
  name: "a deploy under load",
  duplicates: "the calls that were under way when the version before had to go",
  // So many events every 20 ms.
  sizes: { full: { pulse: 200, deploys: 5 }, short: { pulse: 20, deploys: 3 } },
  open: (settings) => startCollector({ ...settings, ...VERSIONS[0] }),
  async act(scene, { pulse, deploys }) {
    const { collector, firehose, book, seat } = scene;
    const players = seat(20);
    const batch = makeBatch(BATCH_EVENTS);
    const unheard: string[] = [];
    const problems: string[] = [];
    const gapsMs: number[] = [];
    for (let turn = 1; turn <= deploys; turn++) {
      // What is stored from here on is only what was under way when it was told to go.
      await firehose.fail({ mode: "unavailable" });
      await firehose.collect();
      await postFresh(collector, book, batch);
      await retireInMidFlush(scene, () => players.report(pulse));
      const start = performance.now();
      unheard.push(...(await firehose.collect()));
      await collector.restart(VERSIONS[turn % VERSIONS.length]);
      gapsMs.push(performance.now() - start);
      const { duplicates } = await post(collector, book, batch);
      if (duplicates !== BATCH_EVENTS)
        problems.push(`after a deploy ${duplicates} of ${BATCH_EVENTS} events were known`);
      await firehose.heal();
      // What it heard is settled: none of that may come again after the next deploy.
      await drain(collector);
    }
    await players.settled();
    const [again, twice] = [players.unanswered.size, new Set(unheard).size];
    return {
      drainMs: await drain(collector),
      note: `${deploys} deploys; ${again} events sent again, ${twice} in calls under way; at most ${Math.round(Math.max(...gapsMs))} ms without a collector`,
      extraCopies: count(unheard),
      problems,
    };
  },
});

/** Tells the collector to go just before Firehose stores its next call, and waits until it is gone. `load` comes all the while. */
async function retireInMidFlush(
  { collector, firehose }: Scene<CrashableCollector>,
  load: () => void,
): Promise<void> {
  let isTold = false;
  let isGone = false;
  await firehose.onNextCall(() => {
    isTold = true;
    void collector.retire().then(() => (isGone = true));
  });
  await until("the version before is told to go", () => {
    load();
    return isTold;
  });
  // A call that it makes from here on is refused: those that were stored are the ones under way.
  await firehose.fail({ mode: "unavailable" });
  await until("the version before is gone", () => {
    load();
    return isGone;
  });
}
