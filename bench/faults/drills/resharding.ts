import { drain, GAME, type Settings, startCollector } from "../collector.ts";
import { drill } from "../drill.ts";
import { until } from "../wait.ts";

/** How many queues the game has, one life of the collector after the other. */
const SHARDS = [1, 4, 2];

/** A game gets more queues, then fewer, under load and with a backlog: what a queue has taken it delivers, though nothing comes to it any more. */
export const resharding = drill({
  number: 12,
  name: "The number of shards changes under load",
  duplicates: "events taken by a queue that died before it said so, whose player has another queue since",
  sizes: { full: { events: 30_000 }, short: { events: 3_000 } },
  open: (settings) => startCollector({ ...settings, ...shards(SHARDS[0]) }),
  async act({ collector, firehose, seat }, { events }) {
    await firehose.fail({ mode: "unavailable" });
    const players = seat(50);
    const share = events / SHARDS.length;
    players.report(share);
    for (const next of SHARDS.slice(1)) {
      const enough = (await collector.stats()).depth.events + share / 4;
      await until("a part is taken", async () => (await collector.stats()).depth.events >= enough);
      await collector.kill();
      await collector.restart(shards(next));
      players.report(share);
    }
    await players.settled();
    const { shards: queues } = await collector.stats();
    await firehose.heal();
    return {
      drainMs: await drain(collector),
      note: `${SHARDS.join(", then ")} a region; ${queues.length} queues drained, ${players.unanswered.size} events sent again`,
      // Each death may have left one copy behind.
      extraCopies: new Map([...players.unanswered].map((id) => [id, SHARDS.length - 1])),
    };
  },
});

function shards(count: number | undefined): Settings {
  return { GAME_SHARDS: JSON.stringify({ [GAME]: count }) };
}
