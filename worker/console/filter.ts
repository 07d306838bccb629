import type { TailFilter, TailItem } from "./types.ts";

/**
 * Whether a filter lets an event through. The collector filters, too: this is for what has come before it was told. Text that was cut
 * cannot be read any more: it is left to the collector, which could.
 */
export function matches({ user, type, status }: TailFilter, item: TailItem): boolean {
  if (typeof item.event === "string") return status === undefined || item.status === status;
  return (
    (user === undefined || fieldOf(item.event, "user_id") === user) &&
    (type === undefined || fieldOf(item.event, "event_type") === type) &&
    (status === undefined || item.status === status)
  );
}

/** A text or number of an event; empty where it has none. A rejected event may be anything. */
export function fieldOf(event: unknown, name: string): string {
  if (typeof event !== "object" || event === null) return "";
  const value = (event as Record<string, unknown>)[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** What tells an event from others of its type. */
const SAYING: Record<string, readonly string[]> = {
  install: ["source", "campaign"],
  purchase: ["product_id", "quantity", "price", "currency"],
  session_start: ["session_number"],
  session_end: ["duration_seconds"],
  progression: ["status", "level", "score"],
  resource: ["flow", "amount", "resource"],
  ad: ["action", "ad_type", "placement"],
  performance: ["metric", "value", "scene"],
  error: ["severity", "message"],
  custom: ["name", "value"],
};

/** An event in a few words: "fail world1/level3 1200". */
export function gist(event: unknown): string {
  const names = SAYING[fieldOf(event, "event_type")] ?? [];
  return names
    .map((name) => fieldOf(event, name))
    .filter((text) => text !== "")
    .join(" ");
}
