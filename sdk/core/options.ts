import type { ClientOptions } from "./types.ts";

/** The options with their defaults filled in. */
export type ResolvedOptions = ClientOptions & Required<Omit<ClientOptions, "userId">>;

/** What a shell has by default, since it knows where it runs. */
export type Defaults = Required<
  Pick<ClientOptions, "platform" | "sessions" | "maxBatchEvents" | "maxQueueBytes">
>;

/** What an option must be, in words, and whether a value is. */
type Rule = [must: string, holds: (value: unknown) => boolean];

/** The collector's limits: a request ≤ 500 events, names ≤ 64 characters, a player's id ≤ 128. */
const RULES: [name: keyof ClientOptions, ...Rule][] = [
  ["url", "a URL", (value) => /^https?:\/\/[^\s/]/.test(String(value))],
  ["key", "a key", (value) => /^[\x21-\x7e]+$/.test(String(value))],
  ["platform", ...text(64)],
  ["appVersion", ...text(64)],
  ["userId", ...text(128)],
  ["consent", ...oneOf("granted", "pending", "denied")],
  ["sessions", ...oneOf("auto", "manual")],
  ["flushIntervalMs", ...within(0, 3_600_000)],
  ["maxBatchEvents", ...within(1, 500)],
  ["maxQueueBytes", ...within(1, Infinity)],
];

/** Checks the options once, so that a mistake shows where it was made. Throws a TypeError that names the option. */
export function resolveOptions(options: ClientOptions, defaults: Defaults): ResolvedOptions {
  const resolved: Record<string, unknown> = { ...options };
  const fallback: Record<string, unknown> = { consent: "granted", flushIntervalMs: 5_000, ...defaults };
  for (const [name, must, holds] of RULES) {
    resolved[name] ??= fallback[name];
    const isMissing = name === "userId" && resolved[name] === undefined;
    if (!isMissing && !holds(resolved[name])) throw new TypeError(`playtrail: ${name} must be ${must}`);
  }
  return resolved as unknown as ResolvedOptions;
}

/** Checks what the game says later, when nothing may throw any more: tells the console where an option may not be this. */
export function accepts(option: keyof ClientOptions, value: unknown): boolean {
  const [, must, holds] = RULES.find(([name]) => name === option) ?? [];
  if (holds?.(value)) return true;
  console.error(`playtrail: ${option} must be ${must}`);
  return false;
}

function text(max: number): Rule {
  return [`1–${max} characters`, (value) => typeof value === "string" && value !== "" && value.length <= max];
}

function within(min: number, max: number): Rule {
  return [`${min}–${max}`, (value) => typeof value === "number" && value >= min && value <= max];
}

function oneOf(...values: unknown[]): Rule {
  return [values.join(" or "), (value) => values.includes(value)];
}
