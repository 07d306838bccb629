import type { EventContext, EventOf, EventType, Platform, Properties, Verdict } from "../events.ts";

/** What a client needs to know once. Everything that is optional has a good default. */
export interface ClientOptions {
  /** Where the collector is: `"https://events.example.com"`. */
  url: string;
  /** A `write` key or a player token: it ships with the game and may only send. On a server, a `server` key. */
  key: string;
  /** The game's version, 1–64 characters. */
  appVersion: string;
  /** Where the game runs. Default: `"web"` in a browser; a server names its own. */
  platform?: Platform;
  /** The player, 1–128 characters. Default in a game: a random id that this device keeps. See {@link Client.identify}. */
  userId?: string;
  /** Whether events may be kept and sent. Default `"granted"`. See {@link Client.consent}. */
  consent?: Consent;
  /** `"auto"` (default in a game): a session ends after 30 minutes without an event. `"manual"` (a server): only `session.start()` begins one. */
  sessions?: "auto" | "manual";
  /**
   * An event waits at most this long for company before its batch is sent, in milliseconds, 0–3,600,000; half as long where none comes.
   * Default 5,000.
   */
  flushIntervalMs?: number;
  /** A batch is sent as soon as it has this many events, 1–500. Default 100 in a game, 500 on a server. */
  maxBatchEvents?: number;
  /** How much may wait, in bytes of JSON. Beyond it what matters least is dropped. Default 1 MiB in a game, 16 MiB on a server. */
  maxQueueBytes?: number;
}

/** `pending` holds events in memory, `denied` erases what is kept here and takes nothing more, `granted` sends. */
export type Consent = "granted" | "pending" | "denied";

/** A request that failed, and what becomes of its events. */
export interface SendFailure {
  /** The HTTP status; `null` where no answer came. */
  status: number | null;
  /** What the collector or the network said. */
  message: string;
  /** The ids of the events that the request carried. */
  event_ids: string[];
  /**
   * `retrying`: they are sent again, with the same ids. `dropped`: they are refused for good.
   * `stopped`: the key is not valid, so nothing is sent any more; `close()` the client, and make another with a good key.
   * What waited is the next one's, where it was kept.
   */
  outcome: "retrying" | "dropped" | "stopped";
}

/**
 * Why an event was given up. `unserializable`: JSON cannot hold it (a cycle, a BigInt). `too_large`: over 64 KiB, or
 * refused as too large when alone. `queue_full`: over `maxQueueBytes`. `refused`: its request was refused for good.
 * `closed`: reported after `close()`. `denied`: without consent. `sampled`: the collector asked for fewer.
 */
export type DropReason =
  | "unserializable"
  | "too_large"
  | "queue_full"
  | "refused"
  | "closed"
  | "denied"
  | "sampled";

/** Events that were given up. */
export interface Drop {
  reason: DropReason;
  count: number;
}

/** A batch that the collector answered. */
export interface Flush {
  accepted: number;
  duplicates: number;
  rejected: number;
  /** Sent again. */
  retry: number;
}

/** What `on` can listen to. */
export interface ClientEvents {
  /** An event that the collector did not plainly accept: rejected, duplicate, accepted with warnings, or sent again. */
  verdict: Verdict;
  /** Events were given up. The collector is told the counts with the next batch as well. */
  drop: Drop;
  /** A request failed. */
  error: SendFailure;
  /** The collector answered a batch. */
  flush: Flush;
}

/** Where the events of a client are. Always `tracked = sent + dropped + pending`. */
export interface Stats {
  /** Every call that reported an event, and every event that an earlier run left behind and this one took over. */
  tracked: number;
  /** Settled by the collector: accepted, duplicate or rejected. */
  sent: number;
  /** Given up, see {@link DropReason}. */
  dropped: number;
  /** Waiting, or on their way. */
  pending: number;
}

/** What `close` leaves behind. */
export type Closed = Omit<Stats, "tracked">;

/**
 * What may be given as {@link Properties}: any object whose values are flat. It is looked at key by key, since that of an interface has no
 * index signature. A value that is `undefined` is not sent.
 */
export type Flat<Given> = {
  // The symbol refuses functions: without keys, they would be flat.
  [Key in keyof Given | typeof Symbol.hasInstance]?: Properties[string] | undefined;
};

/** The fields of an event of one type, and any shared field that is to differ from the client's own for this one event. */
export type EventFields<Type extends EventType, Given = Flat<Properties>> = Omit<
  EventOf<Type>,
  "event_type" | keyof EventContext
> &
  Partial<Omit<EventContext, "seq" | "game_id" | "properties">> & {
    /** Whatever else you want to know about it. */
    properties?: Given | undefined;
  };

/**
 * The custom events of a game by name, with their properties: `createClient<{ boss_defeated: { boss: string; seconds: number }; paused: undefined }>(…)`.
 * Then `track` knows them.
 */
export type CustomEvents = Record<string, Properties | undefined>;

/** What a game's own map of custom events must be: flat properties for each name, or `undefined` where it has none. */
export type EventMap<Events> = { [Name in keyof Events]: Flat<NonNullable<Events[Name]>> | undefined };

/**
 * What `track` takes beside the name: where the map says `Properties`, any that are flat; otherwise those of the map, which may be left
 * out where `undefined` is among them.
 */
export type PropertiesOf<Value, Given> = Properties extends Value
  ? [properties?: Given | undefined]
  : undefined extends Value
    ? [properties?: Value]
    : [properties: Value];

/** Reports events. No method throws or waits; each event is copied at once, so you may change your objects afterwards. */
export interface Recorder<Events extends EventMap<Events> = CustomEvents> {
  /** The game was installed. */
  install<Given extends Flat<Given>>(fields: EventFields<"install", Given>): void;
  /** Money was paid. Give `price` as a string (`"4.99"`): it stays exact. */
  purchase<Given extends Flat<Given>>(fields: EventFields<"purchase", Given>): void;
  /** The player started, completed or failed a level. */
  progression<Given extends Flat<Given>>(fields: EventFields<"progression", Given>): void;
  /** In-game currency or goods were earned or spent. */
  resource<Given extends Flat<Given>>(fields: EventFields<"resource", Given>): void;
  /** An advertisement was shown, clicked, rewarded, or failed. */
  ad<Given extends Flat<Given>>(fields: EventFields<"ad", Given>): void;
  /** A measurement of how well the game runs. */
  performance<Given extends Flat<Given>>(fields: EventFields<"performance", Given>): void;
  /** Something went wrong in the game. */
  error<Given extends Flat<Given>>(fields: EventFields<"error", Given>): void;
  /** Anything that has no type of its own. */
  custom<Given extends Flat<Given>>(fields: EventFields<"custom", Given>): void;
  /** Short for `custom({ name, properties })`. */
  track<Name extends keyof Events & string, Given extends Flat<Given>>(
    name: Name,
    ...properties: PropertiesOf<Events[Name], Given>
  ): void;
  /** The play session. */
  session: Session;
}

/** The play session that events belong to. */
export interface Session {
  /** Begins a new session and reports `session_start`. One that goes on is ended first, where sessions are automatic. */
  start<Given extends Flat<Given>>(fields?: Omit<EventFields<"session_start", Given>, "session_id">): void;
  /** Reports `session_end`. What follows still belongs to this session until the next `start`; with automatic sessions, the next event begins a new one. */
  end<Given extends Flat<Given>>(fields?: Omit<EventFields<"session_end", Given>, "session_id">): void;
}

/** A client of a Playtrail collector. */
export interface Client<Events extends EventMap<Events> = CustomEvents> extends Recorder<Events> {
  /** From now on events are this player's, 1–128 characters. Those before stay as they are. Ends the session of another player. */
  identify(userId: string): void;
  /**
   * What the player allows. `pending` keeps events in memory and sends nothing; `denied` erases the events and ids that are kept here, and
   * drops what comes (counted as `denied`); `granted` sends what waits.
   */
  consent(consent: Consent): void;
  /** Listens. Call what is returned to listen no more. What a listener throws goes to the console. */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (event: ClientEvents[Name]) => unknown,
  ): () => void;
  /**
   * Sends what waits, and resolves once every event tracked before the call is settled: accepted, duplicate, rejected or
   * dropped. Through an outage it keeps waiting. It resolves with events still pending only where none can be sent: the client has
   * stopped, by `close()` or by an invalid key, or has no consent yet; `stats().pending` says how many. Never rejects.
   */
  flush(): Promise<void>;
  /**
   * Stops accepting events and tries to deliver what waits, for at most `timeoutMs` (default 5,000). Then nothing of the
   * client is left running; what it could not deliver is stored, where it can be. Never rejects.
   */
  close(timeoutMs?: number): Promise<Closed>;
  /** Where the events are now. */
  stats(): Stats;
}

/** A client that reports for many players: a game's server. */
export interface ServerClient<Events extends EventMap<Events> = CustomEvents> extends Client<Events> {
  /**
   * Reports for one player, in the same batches as all others'. Keep it or make it anew; a session that is
   * started on it is its own, so keep that one.
   * @param sessionId The player's session, as their game says it. Default: the client's own, until `session.start()`.
   */
  forUser(userId: string, sessionId?: string): Recorder<Events>;
}
