import type { ClientOptions } from "./types.ts";

/** The options with their defaults filled in. */
export type ResolvedOptions = ClientOptions & Required<Omit<ClientOptions, "userId">>;

/** What a shell has by default, since it knows where it runs. */
export type Defaults = Required<
  Pick<ClientOptions, "platform" | "sessions" | "maxBatchEvents" | "maxQueueBytes">
>;

/** What each option must be. The collector's limits: a request ≤ 500 events, names ≤ 64 characters, a player's id ≤ 128. */
const RULES: [name: keyof ClientOptions, must: string, holds: (value: unknown) => boolean][] = [
  [
    "url",
    'an address such as "https://events.example.com"',
    (value) => /^https?:\/\/[^\s/]/.test(String(value)),
  ],
  ["key", "a key that the collector minted", (value) => /^[\x21-\x7e]+$/.test(String(value))],
  ["platform", "1–64 characters", isText(64)],
  ["appVersion", "1–64 characters", isText(64)],
  ["userId", "1–128 characters", (value) => value === undefined || isUserId(value)],
  ["consent", "granted, pending or denied", isOneOf("granted", "pending", "denied")],
  ["sessions", "auto or manual", isOneOf("auto", "manual")],
  ["flushIntervalMs", "0–3,600,000", isWithin(0, 3_600_000)],
  ["maxBatchEvents", "1–500", isWithin(1, 500)],
  ["maxQueueBytes", "at least 1", isWithin(1, Number.MAX_SAFE_INTEGER)],
];

/** Checks the options once, so that a mistake shows where it was made. Throws a TypeError that names the option. */
export function resolveOptions(options: ClientOptions, defaults: Defaults): ResolvedOptions {
  const resolved: Record<string, unknown> = { ...options };
  const fallback: Record<string, unknown> = { consent: "granted", flushIntervalMs: 5_000, ...defaults };
  for (const [name, must, holds] of RULES) {
    resolved[name] ??= fallback[name];
    if (!holds(resolved[name])) throw new TypeError(`playtrail: ${name} must be ${must}`);
  }
  return resolved as unknown as ResolvedOptions;
}

/** Whether the collector takes this as a player's id. */
export function isUserId(value: unknown): boolean {
  return isText(128)(value);
}

function isText(max: number) {
  return (value: unknown) => typeof value === "string" && value.length >= 1 && value.length <= max;
}

function isWithin(min: number, max: number) {
  return (value: unknown) => typeof value === "number" && value >= min && value <= max;
}

function isOneOf(...values: unknown[]) {
  return (value: unknown) => values.includes(value);
}
