/**
 * What a game can report. The name you type here is the name on the wire and the column in the warehouse.
 * The collector holds these types and its own schemas together at compile time: a field added on one side alone fails the build.
 */

/** The platforms that the collector knows by name, `server` for what no player's device reports; another value is accepted with a warning. */
export type KnownPlatform =
  | "ios"
  | "android"
  | "web"
  | "windows"
  | "macos"
  | "linux"
  | "playstation"
  | "xbox"
  | "switch"
  | "server";

/** A known platform, or any other name of 1–64 characters. */
export type Platform = KnownPlatform | (string & {});

/** A flat map of at most 64 entries: keys `[A-Za-z0-9_.-]{1,64}`, strings of at most 1,024 characters, finite numbers. */
export type Properties = Record<string, string | number | boolean | null>;

/** A decimal amount: a string such as `"4.99"` (preferred, exact) or a number. At most 15 digits before the point and 4 after it (6 for ad revenue). */
export type Decimal = string | number;

/** The fields that every event carries. */
export interface EventContext {
  /** A UUID of any version: the event's identity, by which a retry is recognised. Absent: derived from the event's content. */
  event_id?: string;
  /** The player, 1–128 characters. */
  user_id: string;
  /** The game. The key says it already; where given, it must be the key's. */
  game_id?: string;
  /** The play session, 1–128 characters. */
  session_id: string;
  /** This event's number within its session (or its `id_seed`), from 1. Gaps measure loss. */
  seq?: number;
  /** Where the game runs. */
  platform: Platform;
  /** The game's version, 1–64 characters. */
  app_version: string;
  /** RFC 3339 with an offset: when it happened, by the client's clock. Absent: the time received, with a warning. */
  timestamp?: string;
  /** The version of the event's shape. Default `"1.0"`. */
  schema_version?: string;
  /** ISO 3166-1 alpha-2. Absent: what the network edge says. */
  country?: string;
  /** Whatever else you want to know about it. */
  properties?: Properties;
}

/** The game was installed. */
export interface InstallEvent extends EventContext {
  event_type: "install";
  /** Where the player came from: `organic`, an ad network … */
  source: string;
  /** The advertising campaign. */
  campaign?: string;
}

/** Money was paid. Revenue is `price × quantity`. */
export interface PurchaseEvent extends EventContext {
  event_type: "purchase";
  /** What was bought, by a name that never changes: `"coin_pack_1000"`. */
  product_id: string;
  /** What people call it: `"1000 Gold Coins"`. */
  product_name: string;
  /** How many units. Default 1. */
  quantity?: number;
  /** The price of one unit. */
  price: Decimal;
  /** What it was paid in, three letters of ISO 4217. */
  currency: string;
  /** `app_store`, `google_play`, `steam` … */
  store: string;
  /** The store's own id of the transaction: the same one twice counts once, a `verified` one before others. */
  transaction_id?: string;
  /** The store confirmed the receipt to the studio's backend. Believed of a `server` or `admin` key; of any other it becomes `false`, with a warning. */
  verified?: boolean;
}

/** A play session began. */
export interface SessionStartEvent extends EventContext {
  event_type: "session_start";
  /** The player's how-manieth session, from 1. */
  session_number?: number;
}

/** A play session ended. */
export interface SessionEndEvent extends EventContext {
  event_type: "session_end";
  /** A hint: the warehouse computes a session's length from its events. */
  duration_seconds?: number;
}

/** The player moved through the game. */
export interface ProgressionEvent extends EventContext {
  event_type: "progression";
  /** What the player did there. */
  status: "start" | "complete" | "fail";
  /** Where, from coarse to fine: `"world1/level3"`. */
  level: string;
  /** What the player reached. */
  score?: number;
  /** The how-manieth try at this level, from 1. */
  attempt?: number;
}

/** In-game currency or goods were earned (`source`) or spent (`sink`). */
export interface ResourceEvent extends EventContext {
  event_type: "resource";
  /** Earned, or spent. */
  flow: "source" | "sink";
  /** What: `"gold"`. */
  resource: string;
  /** How much, never negative: `flow` says the direction. */
  amount: number;
  /** What it was earned by or spent on. */
  item_type?: string;
  /** Which of these it was. */
  item_id?: string;
}

/** An advertisement was shown, clicked, rewarded, or failed. */
export interface AdEvent extends EventContext {
  event_type: "ad";
  /** What became of it. */
  action: "shown" | "clicked" | "rewarded" | "failed";
  /** `rewarded_video`, `interstitial`, `banner` … */
  ad_type: string;
  /** Where in the game. */
  placement?: string;
  /** The ad network. */
  network?: string;
  /** What the impression earned; needs `currency`. */
  revenue?: Decimal;
  /** What that was earned in, three letters of ISO 4217. */
  currency?: string;
}

/** A measurement of how well the game runs. */
export interface PerformanceEvent extends EventContext {
  event_type: "performance";
  /** `fps`, `frame_ms`, `load_ms`, `memory_mb` … */
  metric: string;
  /** What it came to, in the metric's own unit. */
  value: number;
  /** Where in the game it was measured. */
  scene?: string;
}

/** Something went wrong. */
export interface ErrorEvent extends EventContext {
  event_type: "error";
  /** How bad it is. */
  severity: "debug" | "info" | "warning" | "error" | "critical";
  /** What went wrong, in at most 8,192 characters. */
  message: string;
  /** Where, in at most 32,768 characters. */
  stack?: string;
}

/** Anything that has no type of its own. */
export interface CustomEvent extends EventContext {
  event_type: "custom";
  /** What happened: `"boss_defeated"`. */
  name: string;
  /** A number that goes with it; everything else is for `properties`. */
  value?: number;
}

/** Every event that the collector accepts, told apart by `event_type`. */
export type GameEvent =
  | InstallEvent
  | PurchaseEvent
  | SessionStartEvent
  | SessionEndEvent
  | ProgressionEvent
  | ResourceEvent
  | AdEvent
  | PerformanceEvent
  | ErrorEvent
  | CustomEvent;

/** The names of the event types. */
export type EventType = GameEvent["event_type"];

/** The event of one type. */
export type EventOf<Type extends EventType> = Extract<GameEvent, { event_type: Type }>;

/** What makes one event differ from a plainly good one. */
export interface Finding {
  /** The field, as a dotted path: `"price"`, `"properties.level"`. Empty for the event as a whole. */
  path: string;
  /** A stable, machine-readable name: `"required"`, `"invalid_decimal"`, `"unknown_field"` … */
  code: string;
  /** What is wrong, the limit, and what to do. */
  message: string;
}

/** The collector's judgement of one event. An event that the answer does not list was plainly accepted. */
export type Verdict =
  | { index: number; event_id: string; status: "accepted"; warnings: Finding[] }
  | { index: number; event_id: string; status: "duplicate" }
  | { index: number; event_id: string | null; status: "rejected"; errors: Finding[] }
  | { index: number; event_id: string; status: "retry" };

/** How an operator slows the clients of a game down. Each answer's hints replace those of the answer before: without any, all is as the game has it. */
export interface Hints {
  /** How long an event may wait for company before it is sent, in milliseconds, 1,000–600,000: the game's own setting where absent. */
  flush_interval_ms?: number;
  /** The share of sessions, 0–1, whose events of low priority (`performance`, `custom`, `error`) are still wanted. Absent: 1, all of them. */
  sample?: number;
  /** RFC 3339: send nothing until then, by the clock of `received_at`. A client believes at most 24 hours of it. */
  paused_until?: string;
}

/** The answer to `POST /v1/events`. */
export interface IngestAnswer {
  request_id: string;
  /** The collector's clock when the request arrived, RFC 3339. */
  received_at: string;
  accepted: number;
  duplicates: number;
  rejected: number;
  /** Events that no queue could take: send these again. */
  retry: number;
  /** Only what is not plainly accepted, in the order sent. */
  results: Verdict[];
  /**
   * `false`: what the envelope's `dropped` says was not counted, since no queue took it: say it again with the next batch. Absent:
   * it was counted, or there was nothing to count.
   */
  dropped_counted?: false;
  /** What the operator asks of the game's clients. Absent: nothing. */
  hints?: Hints;
}

/** An event as it travels in an envelope: what `defaults` holds may be left out, and `seq` and `offset_ms` may stand for id and time. */
export type EnvelopeEvent = Record<string, unknown> & {
  event_type?: EventType;
  seq?: number;
  /** Milliseconds after `defaults.timestamp`. */
  offset_ms?: number;
};

/** The compact form of a batch. */
export interface Envelope {
  /** The client's clock when this attempt was sent, RFC 3339. */
  sent_at?: string;
  /** The collector's clock minus the client's, in milliseconds, as estimated from `received_at`; takes the place of `sent_at`. */
  clock_offset_ms?: number;
  /** What the client had to let go since its last batch: a count by reason. Said again where the answer has `dropped_counted: false`. */
  dropped?: Record<string, number>;
  /** Fields shared by all events; an event's own value wins. */
  defaults?: Record<string, unknown>;
  /** With it, an event's `seq` stands for its `event_id`: a UUIDv8 of the seed's first ten bytes and `seq` in six. */
  id_seed?: string;
  events: EnvelopeEvent[];
}
