import type { ClientOptions } from "./types.ts";

/** The options with their defaults filled in. */
export type ResolvedOptions = ClientOptions &
  Required<Pick<ClientOptions, "flushIntervalMs" | "maxBatchEvents" | "maxQueueBytes">>;

/** A request ≤ 500 events: the collector's limit. */
const MAX_BATCH_EVENTS = 500;
const MAX_FLUSH_INTERVAL_MS = 3_600_000;

/** Checks the options once, so that a mistake shows where it was made. Throws a TypeError that names the option. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  const resolved = {
    ...options,
    flushIntervalMs: options.flushIntervalMs ?? 5_000,
    maxBatchEvents: options.maxBatchEvents ?? 100,
    maxQueueBytes: options.maxQueueBytes ?? 16 * 1024 * 1024,
  };
  must(
    /^https?:\/\/[^\s/]/.test(String(options.url)),
    "url",
    'an address such as "https://events.example.com"',
  );
  must(/^[\x21-\x7e]+$/.test(String(options.key)), "key", "a write key or a player token");
  must(isText(options.platform, 64), "platform", "1–64 characters");
  must(isText(options.appVersion, 64), "appVersion", "1–64 characters");
  must(isText(options.userId, 128), "userId", "1–128 characters");
  must(isWithin(resolved.flushIntervalMs, 0, MAX_FLUSH_INTERVAL_MS), "flushIntervalMs", "0–3,600,000");
  must(isWithin(resolved.maxBatchEvents, 1, MAX_BATCH_EVENTS), "maxBatchEvents", "1–500");
  must(isWithin(resolved.maxQueueBytes, 1, Number.MAX_SAFE_INTEGER), "maxQueueBytes", "at least 1");
  return resolved;
}

function must(good: boolean, name: string, what: string): void {
  if (!good) throw new TypeError(`playtrail: ${name} must be ${what}`);
}

function isText(value: unknown, max: number): boolean {
  return typeof value === "string" && value.length >= 1 && value.length <= max;
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && value >= min && value <= max;
}
