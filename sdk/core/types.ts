import type { EventContext, EventOf, EventType, Platform, Properties, Verdict } from "../events.ts";

/** What a client needs to know once. Everything else has a default. */
export interface ClientOptions {
  /** Where the collector is: `"https://events.example.com"`. */
  url: string;
  /** A `write` key or a player token. It ships with the game and may only send. */
  key: string;
  /** Where the game runs. */
  platform: Platform;
  /** The game's version, 1–64 characters. */
  appVersion: string;
  /** The player, 1–128 characters. A server that reports for many players gives `user_id` with each event. */
  userId: string;
  /** An event waits at most this long for company before its batch is sent, in milliseconds. Default 5,000. */
  flushIntervalMs?: number;
  /** A batch is sent as soon as it has this many events, 1–500. Default 100. */
  maxBatchEvents?: number;
  /** How much may wait in memory, in bytes of JSON; beyond it the newest event is dropped. Default 16 MiB. */
  maxQueueBytes?: number;
  /**
   * Called for each event that the collector did not plainly accept: rejected, duplicate, accepted with warnings, or
   * sent again. Its `index` is the event's place in the batch.
   */
  onVerdict?: (verdict: Verdict) => void;
  /** Called when a request fails, with what happens next. */
  onError?: (failure: SendFailure) => void;
  /** Called when events are given up. The collector is told the counts with the next batch as well. */
  onDrop?: (drop: Drop) => void;
}

/** A request that failed, and what becomes of its events. */
export interface SendFailure {
  /** The HTTP status; `null` where no answer came. */
  status: number | null;
  /** What the collector or the network said. */
  message: string;
  /** How many events the request carried. */
  events: number;
  /**
   * `retrying`: they are sent again, with the same ids. `dropped`: the collector refuses this request for good.
   * `stopped`: the key is not valid, so nothing is sent any more; make a new client with a good key.
   */
  outcome: "retrying" | "dropped" | "stopped";
}

/**
 * Why an event was given up. `unserializable`: JSON cannot hold it (a cycle, a BigInt). `too_large`: over 64 KiB, or
 * refused as too large when alone. `queue_full`: over `maxQueueBytes`. `refused`: its request was refused for good.
 * `closed`: reported after `close()`.
 */
export type DropReason = "unserializable" | "too_large" | "queue_full" | "refused" | "closed";

/** Events that were given up. */
export interface Drop {
  reason: DropReason;
  count: number;
}

/** Where the events of a client are. Always `tracked = sent + dropped + pending`. */
export interface Stats {
  /** Every call that reported an event. */
  tracked: number;
  /** Settled by the collector: accepted, duplicate or rejected. */
  sent: number;
  /** Given up, see {@link DropReason}. */
  dropped: number;
  /** Waiting, or on their way. */
  pending: number;
}

/** The fields of an event of one type, and any shared field that is to differ from the client's own for this one event. */
export type EventFields<Type extends EventType> = Omit<EventOf<Type>, "event_type" | keyof EventContext> &
  Partial<Omit<EventContext, "seq" | "game_id">>;

/** The play session that events belong to. A client begins with a random one, without reporting it. */
export interface Session {
  /** Begins a new session and reports `session_start`. */
  start(fields?: Omit<EventFields<"session_start">, "session_id">): void;
  /** Reports `session_end`. What follows still belongs to this session, until `start`. */
  end(fields?: Omit<EventFields<"session_end">, "session_id">): void;
}

/** Reports events. No method throws or waits; each event is copied at once, so you may change your objects afterwards. */
export interface Client {
  /** The game was installed. */
  install(fields: EventFields<"install">): void;
  /** Money was paid. Give `price` as a string (`"4.99"`): it stays exact. */
  purchase(fields: EventFields<"purchase">): void;
  /** The player started, completed or failed a level. */
  progression(fields: EventFields<"progression">): void;
  /** In-game currency or goods were earned or spent. */
  resource(fields: EventFields<"resource">): void;
  /** An advertisement was shown, clicked, rewarded, or failed. */
  ad(fields: EventFields<"ad">): void;
  /** A measurement of how well the game runs. */
  performance(fields: EventFields<"performance">): void;
  /** Something went wrong in the game. */
  error(fields: EventFields<"error">): void;
  /** Anything that has no type of its own. */
  custom(fields: EventFields<"custom">): void;
  /** Short for `custom({ name, properties })`. */
  track(name: string, properties?: Properties): void;
  /** The play session. */
  session: Session;
  /**
   * Sends what waits, and resolves once every event tracked before the call is settled: accepted, duplicate, rejected or
   * dropped. Through an outage it keeps waiting. It resolves with events still pending in one case only: the client has
   * stopped, by `close()` or by an invalid key (see `onError`); `stats().pending` says how many. Never rejects.
   */
  flush(): Promise<void>;
  /**
   * Stops accepting events and tries to deliver what waits, for at most `timeoutMs` (default 5,000). Then nothing of the
   * client is left running. A server calls it before it exits: waiting events do not keep a Node process alive. Never rejects.
   */
  close(timeoutMs?: number): Promise<Omit<Stats, "tracked">>;
  /** Where the events are now. */
  stats(): Stats;
}
