import * as z from "zod";
import { MAX_NAME_CHARACTERS } from "./limits.ts";
import { contextSchema } from "./schemas.ts";

/** What an event that somebody watches came to. */
export const STATUSES = ["accepted", "duplicate", "rejected"] as const;
export type Status = (typeof STATUSES)[number];

/** Which events somebody wants to see: those that are all of this. Empty: every one. */
export const eventFilterSchema = z.strictObject({
  user: contextSchema.shape.user_id.optional().meta({ description: "only this player's events" }),
  type: z
    .string()
    .min(1)
    .max(MAX_NAME_CHARACTERS)
    .optional()
    .meta({ description: "only events of this type, such as purchase" }),
  status: z.enum(STATUSES).optional().meta({ description: "only events that came to this" }),
});
export type EventFilter = z.infer<typeof eventFilterSchema>;

/** What filters look at; null: it could not be read. */
export interface Facts {
  user: string | null;
  type: string | null;
  status: Status;
}

/** Facts of which the type may be missing: of a rejected event only its text says it. */
export type KnownFacts = Omit<Facts, "type"> & Partial<Facts>;

/** Whether an event is one that the filter asks for; without its type, whether it may be one. */
export function passes(filter: EventFilter, { user, status, type }: KnownFacts): boolean {
  return (
    (filter.user === undefined || filter.user === user) &&
    (filter.status === undefined || filter.status === status) &&
    (filter.type === undefined || type === undefined || filter.type === type)
  );
}

/** The same text for filters that ask for the same. */
export function keyOf({ user, type, status }: EventFilter): string {
  return JSON.stringify([user, type, status]);
}

/** Each filter once. */
export function distinct(filters: readonly EventFilter[]): EventFilter[] {
  return [...new Map(filters.map((filter) => [keyOf(filter), filter])).values()];
}
