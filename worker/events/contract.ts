import type * as z from "zod";
import type { EventOf, EventType, KnownPlatform } from "../../sdk/events.ts";
import type { PLATFORMS, schemas } from "./schemas.ts";

/**
 * Holds the collector's schemas and the SDK's public types together: a field, type or platform that is added, renamed, retyped
 * or made optional on one side alone fails `npm run check` here, and the message names the event type.
 */
export type Contract = Held<
  { [Type in EventType]: Agree<z.input<(typeof schemas)[Type]>, EventOf<Type>> } & {
    every_type: Same<keyof typeof schemas, EventType>;
    platforms: Same<(typeof PLATFORMS)[number], KnownPlatform>;
  }
>;

type Held<Checks extends Record<string, true>> = Checks;

/** Two objects have the same fields, the same of them optional, and the same values. */
type Agree<A, B> = [Same<keyof A, keyof B>, Same<OptionalKeys<A>, OptionalKeys<B>>, Same<A, B>] extends true[]
  ? true
  : false;

/** Each can stand for the other: `Platform` is any string, with names suggested. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type OptionalKeys<T> = { [K in keyof T]-?: T extends Record<K, T[K]> ? never : K }[keyof T];
