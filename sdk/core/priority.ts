import type { EventType } from "../events.ts";

/** What an event is worth where not all can be kept, from what is missed least. Money, installs and sessions are what counts are made of. */
const RANKS: Record<EventType, number> = {
  performance: 0,
  custom: 1,
  error: 2,
  resource: 3,
  ad: 3,
  progression: 3,
  session_start: 4,
  session_end: 4,
  install: 5,
  purchase: 6,
};

/** The highest rank. */
export const MAX_RANK = 6;

/** A type's rank, from 0; what an earlier or later version wrote and this one does not know is in the middle. */
export function rankOf(type: unknown): number {
  return RANKS[type as EventType] ?? 3;
}

/** Whether the collector may ask for a sample of such events. */
export function canBeSampled(type: EventType): boolean {
  return rankOf(type) <= RANKS.error;
}
