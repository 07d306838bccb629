import { randomUUID } from "node:crypto";
import { type Client, type ClientOptions, createClient } from "../../sdk/node/index.ts";
import type { Book } from "./book.ts";
import type { Collector } from "./collector.ts";

/** Small batches: many requests are then on their way whenever something happens. */
const BATCH_EVENTS = 20;

/** Players whose games use the SDK. It sends by itself, and holds on to what is not settled. */
export interface Players {
  /** So many events happen, spread over the players. */
  report(events: number): void;
  /** The next player's event, with an id of the drill's own choice. */
  reportAs(id: string): void;
  /** Resolves when the collector has given every event its verdict. */
  settled(): Promise<void>;
  /** Events of requests that failed at least once: whether they had been taken, their sender could not know. */
  unanswered: ReadonlySet<string>;
  /** Ends them, whatever is still pending. */
  leave(): Promise<void>;
}

/** Seats players. `create` makes the client of each. */
export function seatPlayers(
  { url, writeKey: key }: Collector,
  book: Book,
  count: number,
  create: (options: ClientOptions) => Client = createClient,
): Players {
  const unanswered = new Set<string>();
  const players = Array.from({ length: count }, () => {
    const ids: string[] = [];
    const userId = `player-${randomUUID()}`;
    const client = create({
      url,
      key,
      platform: "linux",
      appVersion: "1.0.0",
      userId,
      flushIntervalMs: 50,
      maxBatchEvents: BATCH_EVENTS,
    });
    client.on("verdict", ({ event_id, status }) => {
      if (status === "rejected" && event_id !== null) book.set(event_id, "rejected");
    });
    client.on("error", ({ event_ids }) => {
      for (const id of event_ids) unanswered.add(id);
    });
    return { ids, client };
  });
  let turn = 0;

  function reportAs(id: string): void {
    const player = players[turn++ % players.length];
    player?.ids.push(id);
    book.set(id, "waiting");
    player?.client.custom({
      event_id: id,
      name: "drill",
      value: turn,
      properties: { build: "release", locale: "de-DE" },
    });
  }

  return {
    report(events) {
      for (let n = 0; n < events; n++) reportAs(randomUUID());
    },
    reportAs,
    async settled() {
      await Promise.all(players.map(({ client }) => client.flush()));
      const dropped = players.reduce((sum, { client }) => sum + client.stats().dropped, 0);
      if (dropped > 0) throw new Error(`the SDK let go of ${dropped} events`);
      for (const id of players.flatMap(({ ids }) => ids))
        if (book.get(id) === "waiting") book.set(id, "acknowledged");
    },
    unanswered,
    async leave() {
      await Promise.all(players.map(({ client }) => client.close(0)));
    },
  };
}
