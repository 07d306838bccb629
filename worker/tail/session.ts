import type { EventFilter } from "../events/filter.ts";
import { SILENCE_MS, WINDOW_BYTES, WINDOW_FRAMES } from "./limits.ts";

/** What is known of a socket. It outlives the object's sleep as the socket's attachment, which may take 16 KiB. */
export interface Session {
  filter: EventFilter;
  /** The ids of the key that it was opened with: `keyIdsOf`. */
  keys: string[];
  /** When that key ends, in milliseconds since 1970; null: it does not. */
  expiresAt: number | null;
  /** The number of its last frame; the first is 1. */
  sent: number;
  /** The bytes of each frame that is not acknowledged, the last one last. */
  owed: number[];
  /** Since when it has acknowledged nothing, though it owes it, in milliseconds since 1970; null: it owes nothing. */
  silentSince: number | null;
  /** Events left out since its last frame, because it owed too much. */
  skipped: number;
}

/** Whom a tail is opened for. */
export type Opening = Pick<Session, "filter" | "keys" | "expiresAt">;

/** A socket that has received nothing yet. */
export function opened(opening: Opening): Session {
  return { ...opening, sent: 0, owed: [], silentSince: null, skipped: 0 };
}

/** After a frame of so many bytes. */
export function afterFrame(session: Session, bytes: number, now: number): Session {
  return {
    ...session,
    sent: session.sent + 1,
    owed: [...session.owed, bytes],
    silentSince: session.silentSince ?? now,
    skipped: 0,
  };
}

/** After the client acknowledged the frame `n`, and those before it; undefined: there is no such frame. */
export function afterAck(session: Session, n: number, now: number): Session | undefined {
  if (n > session.sent) return undefined;
  const left = Math.min(session.sent - n, session.owed.length);
  const owed = left === 0 ? [] : session.owed.slice(-left);
  return { ...session, owed, silentSince: left === 0 ? null : now };
}

/** Whether so many more bytes may be sent before anything is acknowledged. */
export function hasRoomFor({ owed }: Session, bytes: number): boolean {
  return owed.reduce((sum, frame) => sum + frame, bytes) <= WINDOW_BYTES;
}

/** Whether it is to be closed, so that it holds nobody up. */
export function isTooSlow({ owed, silentSince }: Session, now: number): boolean {
  return owed.length >= WINDOW_FRAMES || (silentSince !== null && now - silentSince >= SILENCE_MS);
}
