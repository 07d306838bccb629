import type { Clock } from "./clock.ts";
import type { SessionState } from "./device.ts";
import { isoTime } from "./timeline.ts";
import { randomUuid } from "./uuid.ts";

/** A session without an event for so long is over. */
export const SESSION_IDLE_MS = 30 * 60_000;

/** What automatic sessions work with. */
export interface SessionParts {
  clock: Clock;
  /** The session that is remembered on the device, which another tab may have brought forward. */
  remembered: () => SessionState | null;
  /** The player now. */
  user: () => string;
  /** A session has begun: its events are numbered anew. */
  onBegin: (session: SessionState) => void;
  report: (type: "session_start" | "session_end", fields: object) => void;
}

/** Begins and ends sessions by themselves. */
export interface Sessions {
  /** The session that goes on. */
  current(): SessionState | null;
  /** Something happens: it belongs to a session, a new one where the last is over. */
  touch(): void;
  /** Begins a session; one that goes on is ended before. */
  begin(fields?: object): void;
  /** Ends the session; the next event begins another. */
  end(fields?: object): void;
  /** Goes on with the remembered session, if it is not over; otherwise reports the end that it never had. */
  resume(): void;
  /** Forgets the session without a word. */
  forget(): void;
}

/** Makes automatic sessions. */
export function createSessions(parts: SessionParts): Sessions {
  const { clock } = parts;
  let current: SessionState | null = null;

  function isOver(session: SessionState): boolean {
    return clock.wall() - session.lastAt > SESSION_IDLE_MS;
  }

  function touch(): void {
    if (current && isOver(current)) outlive(current);
    if (current) current.lastAt = clock.wall();
    else begin();
  }

  /** Over for this tab, perhaps not for another. */
  function outlive(session: SessionState): void {
    const remembered = parts.remembered();
    const other = remembered?.id === session.id && !isOver(remembered) ? remembered : null;
    if (other) session.lastAt = other.lastAt;
    else endAsItWas(session);
  }

  function begin(fields: object = {}): void {
    if (current) end();
    const now = clock.wall();
    current = { id: randomUuid(), user: parts.user(), startedAt: now, lastAt: now };
    parts.onBegin(current);
    parts.report("session_start", fields);
  }

  function end(fields: object = {}): void {
    if (!current) return;
    parts.report("session_end", { duration_seconds: seconds(clock.wall() - current.startedAt), ...fields });
    current = null;
  }

  /** Nobody was there when it ended: that was with its last event. */
  function endAsItWas({ id, user, startedAt, lastAt }: SessionState): void {
    const duration_seconds = seconds(lastAt - startedAt);
    const timestamp = isoTime(lastAt);
    parts.report("session_end", { user_id: user, session_id: id, timestamp, duration_seconds });
    current = null;
  }

  return {
    current: () => current,
    touch,
    begin,
    end,
    resume() {
      const remembered = parts.remembered();
      if (remembered && isOver(remembered)) endAsItWas(remembered);
      else if (remembered?.user === parts.user()) current = remembered;
    },
    forget() {
      current = null;
    },
  };
}

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1_000));
}
