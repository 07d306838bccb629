import type { Clock } from "./clock.ts";
import type { SessionState } from "./device.ts";
import type { Reported } from "./envelope.ts";
import { isoTime } from "./timeline.ts";
import { numberedUuid, randomUuid } from "./uuid.ts";

/** A session without an event for so long is over. */
export const SESSION_IDLE_MS = 30 * 60_000;

/** What automatic sessions work with. */
export interface SessionParts {
  clock: Clock;
  /** The session that the device has for this player; `null`: it was ended; `undefined`: nothing is known. */
  remembered: () => SessionState | null | undefined;
  /** The player now. */
  user: () => string;
  /** A new session begins here, or one of another tab is taken up: its events are numbered anew. Returns how many there were. */
  onEnter: (isNew: boolean) => number;
  /** The device has another session, or none any more. */
  onChange: () => void;
  report: (event: Reported) => void;
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
  /** Another tab may have played it since, or have ended it: then it is over here, too. */
  catchUp(): void;
  /** Goes on with a session of another tab or run, if it is not over; otherwise reports the end that it never had. */
  takeUp(known: SessionState | null | undefined): void;
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
    if (current && isOver(current)) catchUp();
    if (current && isOver(current)) endAsItWas(current);
    if (!current) takeUp(parts.remembered());
    if (current) current.lastAt = clock.wall();
    else begin();
  }

  function catchUp(): void {
    const known = parts.remembered();
    if (!current || known === undefined) return;
    if (known?.id === current.id) current.lastAt = Math.max(current.lastAt, known.lastAt);
    else current = null;
  }

  function takeUp(known: SessionState | null | undefined): void {
    if (!known) return;
    if (isOver(known)) endAsItWas(known);
    else if (known.user === parts.user()) {
      current = known;
      parts.onEnter(false);
    }
  }

  function begin(fields: object = {}): void {
    if (current) end();
    const now = clock.wall();
    current = { id: randomUuid(), user: parts.user(), startedAt: now, lastAt: now };
    const shared = { session_number: parts.onEnter(true) };
    parts.report({ type: "session_start", fields, shared });
    parts.onChange();
  }

  function end(fields: object = {}): void {
    if (!current) return;
    const shared = { duration_seconds: seconds(clock.wall() - current.startedAt) };
    parts.report({ type: "session_end", fields, shared });
    close(current);
  }

  /** Nobody was there when it ended: that was with its last event. */
  function endAsItWas(session: SessionState): void {
    const { id, user, startedAt, lastAt } = session;
    const fields = {
      // Several tabs may see it at once: they say the same.
      event_id: numberedUuid(id, 0),
      user_id: user,
      session_id: id,
      timestamp: isoTime(lastAt),
      duration_seconds: seconds(lastAt - startedAt),
    };
    parts.report({ type: "session_end", fields });
    close(session);
  }

  /** What another tab has begun meanwhile stays the device's. */
  function close({ id }: SessionState): void {
    current = null;
    if (parts.remembered()?.id === id) parts.onChange();
  }

  return {
    current: () => current,
    touch,
    begin,
    end,
    catchUp,
    takeUp,
    forget() {
      current = null;
    },
  };
}

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1_000));
}
