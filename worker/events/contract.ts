import type * as z from "zod";
import type { EventOf, EventType, KnownPlatform } from "../../sdk/events.ts";
import type { PLATFORMS, schemas } from "./schemas.ts";

/**
 * Holds the collector's schemas and the SDK's public types together. A field added, renamed, made optional or retyped on one
 * side alone makes one of these types `never`, and `npm run check` fails on the line that uses it.
 */

type Schema<Type extends EventType> = z.input<(typeof schemas)[Type]>;

type OptionalKeys<T> = { [K in keyof T]-?: T extends Record<K, T[K]> ? never : K }[keyof T];
type Same<A, B> = [A, B] extends [B, A] ? true : never;

type Agrees<A, B> = Same<keyof A, keyof B> & Same<OptionalKeys<A>, OptionalKeys<B>> & Same<A, B>;

/** `true` for each event type whose two definitions agree. */
export type Contract = { [Type in EventType]: Agrees<Schema<Type>, EventOf<Type>> };

const agreed = {
  install: true,
  purchase: true,
  session_start: true,
  session_end: true,
  progression: true,
  resource: true,
  ad: true,
  performance: true,
  error: true,
  custom: true,
} as const satisfies Contract satisfies Record<keyof typeof schemas, true>;

export const CONTRACT: typeof agreed & { platforms: Same<(typeof PLATFORMS)[number], KnownPlatform> } = {
  ...agreed,
  platforms: true,
};
