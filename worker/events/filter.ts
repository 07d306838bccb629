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

/** Whether an event is one that the filter asks for. */
export function passes(filter: EventFilter, { type, ...facts }: Facts): boolean {
  return mayPass(filter, facts) && (filter.type === undefined || filter.type === type);
}

/** Whether an event may be one, of which it is not known yet of what type it is. */
export function mayPass(filter: EventFilter, { user, status }: Omit<Facts, "type">): boolean {
  return (
    (filter.user === undefined || filter.user === user) &&
    (filter.status === undefined || filter.status === status)
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
