/**
 * What the collector's API answers, as the console reads it. The collector's own schemas stand in files that need the types of
 * Workers, which those of a browser contradict; `contract.ts` holds both together at compile time.
 */
import type { Finding } from "../../sdk/events.ts";
import type { Cost } from "../operate/cost.ts";
import type { DeliveryState, Totals } from "../queue/stats.ts";
import type { CheckName } from "../schedule/alerts/verdict.ts";

export type { Finding, IngestAnswer, Verdict } from "../../sdk/events.ts";
export type { Role } from "../auth/keys.ts";
export type { DeliveryState, QueueStats, ShardStats, Totals } from "../queue/stats.ts";

/** One game in `GET /v1/games`. */
export interface GameSummary {
  game: string;
  depth: { events: number; bytes: number; oldest_age_ms: number };
  delivery: { state: DeliveryState };
  dead_letters: { events: number; bytes: number };
  totals: Totals;
  rate: { in_per_min: number; out_per_min: number };
  cost_per_million: Cost;
  shards: number;
  /** Queues that did not answer, and are in none of the numbers. */
  silent: string[];
}

/** Counts of judged events, and of accepted ones by type. */
export interface Counts {
  accepted: number;
  duplicates: number;
  rejected: number;
  events: Record<string, number>;
}

/** Amounts are decimal strings, by currency. */
export type Revenue = Record<string, string>;

/** `GET /v1/games/:game/live`. */
export interface Live {
  game: string;
  at: string;
  /** 60 of them, the oldest first, the current one last. */
  minutes: (Counts & { at: string })[];
  /** Today's in UTC so far, the current one last. */
  hours: (Counts & { at: string; revenue: Revenue; active_players: number })[];
  today: Counts & { purchases: number; revenue: Revenue; active_players: number };
  active_players: { last_5_minutes: number; last_60_minutes: number; today: number };
  rejections: Reason[];
  warnings: Omit<Reason, "example">[];
  drift: UnknownField[];
  delivery: { latency_ms: { p50: number; p95: number; p99: number; count: number } };
  shards: number;
}

/** Why events were rejected today, and one that was. */
export interface Reason {
  code: string;
  path: string;
  app_version: string;
  count: number;
  /** Up to 1 KiB of the event as it was sent. */
  example: string;
}

/** A field that events of a version have and the collector does not know. */
export interface UnknownField {
  field: string;
  event_type: string;
  app_version: string;
  count: number;
}

/** How a dead letter became one. */
export interface Burial {
  at: string;
  code: string;
  message: string;
  attempts: number;
}

export interface DeadLetter extends Burial {
  id: string;
  shard: string;
  bytes: number;
  history: Burial[];
  line: unknown;
}

export interface DeadLetterPage {
  dead_letters: DeadLetter[];
  next: string | null;
}

export interface KnownKey {
  id: string;
  role: "write" | "server" | "read" | "admin" | null;
  name: string | null;
  created_at: string | null;
  created_by: string | null;
  revoked_at: string | null;
  revoked_by: string | null;
}

export interface NewKey {
  id: string;
  key: string;
  game: string;
  role: "write" | "server" | "read" | "admin";
  name: string | null;
  created_at: string;
}

export interface ErasureAnswer {
  erasure_id: string;
  requested_at: string;
  events_purged: number;
  queues: number;
}

export interface Erasure {
  erasure_id: string;
  hash: string;
  requested_at: string;
  requested_by: string;
  announced: boolean;
  events_purged: number;
}

/** Something that an operator changed. */
export interface AuditEntry {
  at: string;
  /** The id of the key that did it. */
  key: string;
  action: "flush" | "replay" | "purge" | "key.mint" | "key.revoke" | "user.erase";
  /** `failed`: it went half-way, and `detail.problem` says why not further. */
  outcome: "done" | "failed";
  detail: Record<string, string | number | null>;
}

/** Something that is, or was, wrong with a game or with the collector. */
export interface Incident {
  id: string;
  /** null: it is the collector's own. */
  game: string | null;
  check: CheckName;
  /** The currency, or what the collector does by itself. */
  about: string | null;
  state: "open" | "recovered";
  /** What the last check that found it said, in numbers. */
  detail: string;
  since: string;
  opened_at: string;
  seen_at: string;
  recovered_at: string | null;
  /** When the webhook last took a message; null: it never did. */
  told_at: string | null;
  /** Where in the documentation it is written what to do. */
  runbook: string;
}

/** A game's day. What is null is not known. */
export interface Report {
  day: string;
  events: { received: number; accepted: number; duplicates: number; rejected: number };
  /** Of 1. */
  rejected_share: number;
  top_reasons: { code: string; field: string; count: number }[];
  active_players: number | null;
  purchases: number | null;
  revenue: Revenue | null;
  dead_letters: number;
  latency_p95_ms: number | null;
  cost_per_million_usd: number;
}

/** What became of an event that the tail shows. */
export type TailStatus = "accepted" | "duplicate" | "rejected";

/** An event on the tail: as it was judged, or as it was sent where it is rejected. */
export interface TailItem {
  at: string;
  status: TailStatus;
  event: unknown;
  warnings?: Finding[];
  errors?: Finding[];
}

/** What the collector sends on the tail. The client answers `{ "ack": n }`. */
export interface TailFrame {
  n: number;
  items: TailItem[];
  /** Events left out since the last frame, because there were too many. */
  skipped?: number;
}

/** Which events the tail shows; what is absent is not filtered by. */
export interface TailFilter {
  user?: string;
  type?: string;
  status?: TailStatus;
}
