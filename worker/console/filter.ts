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
  install: ["from {source}", "{campaign}"],
  purchase: ["{quantity} ×", "{product_id}", "{price}", "{currency}"],
  session_start: ["session {session_number}"],
  session_end: ["after {duration_seconds} s"],
  progression: ["{status}", "{level}", "score {score}"],
  resource: ["{flow}", "{amount}", "{resource}"],
  ad: ["{action}", "{ad_type}", "{placement}"],
  performance: ["{metric}", "{value}", "{scene}"],
  error: ["{severity}", "{message}"],
  custom: ["{name}", "{value}"],
};

/** An event in a few words: "fail world1/level3 score 1200". What it does not have is left out. */
export function gist(event: unknown): string {
  const parts = SAYING[fieldOf(event, "event_type")] ?? [];
  return parts
    .map((part) => {
      const name = part.replace(/^.*\{|\}.*$/g, "");
      const value = fieldOf(event, name);
      return value === "" ? "" : part.replace(`{${name}}`, () => value);
    })
    .filter((text) => text !== "")
    .join(" ");
}
