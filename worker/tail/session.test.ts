import { describe, expect, it } from "vitest";
import { SILENCE_MS, WINDOW_BYTES, WINDOW_FRAMES } from "./limits.ts";
import { afterAck, afterFrame, hasRoomFor, isTooSlow, opened, type Session } from "./session.ts";

const NEW = opened({ filter: {}, keys: ["k"], expiresAt: null });

/** A session to which frames of so many bytes were sent, one a millisecond from 1 on. */
const sent = (...frames: number[]) =>
  frames.reduce((session, bytes, index) => afterFrame(session, bytes, index + 1), NEW);

const acknowledged = (session: Session, n: number, now: number) => {
  const next = afterAck(session, n, now);
  if (next === undefined) throw new Error(`there is no frame ${n}`);
  return next;
};

describe("a socket", () => {
  it("owes what was sent and is not acknowledged, since when it said anything last", () => {
    expect(sent(10, 20, 30)).toEqual({ ...NEW, sent: 3, owed: [10, 20, 30], silentSince: 1 });
    expect(acknowledged(sent(10, 20, 30), 2, 9)).toEqual({ ...NEW, sent: 3, owed: [30], silentSince: 9 });
    expect(acknowledged(sent(10, 20, 30), 3, 9)).toEqual({ ...NEW, sent: 3 });
  });

  it("owes no more for acknowledging an old frame again", () => {
    const session = acknowledged(sent(10, 20, 30), 2, 9);
    expect(acknowledged(session, 1, 10)).toEqual({ ...session, silentSince: 10 });
  });

  it("cannot acknowledge what it was not sent", () => {
    expect(afterAck(sent(10), 2, 9)).toBe(undefined);
  });

  it("is too slow with so many frames unacknowledged, however small", () => {
    const frames = Array.from({ length: WINDOW_FRAMES }, () => 1);
    expect(isTooSlow(sent(...frames.slice(1)), 60)).toBe(false);
    expect(isTooSlow(sent(...frames), 60)).toBe(true);
    expect(isTooSlow(acknowledged(sent(...frames), 1, 60), 60)).toBe(false);
  });

  it("is too slow where it owes and says nothing for a minute, and never where it owes nothing", () => {
    expect(isTooSlow(sent(10), SILENCE_MS)).toBe(false);
    expect(isTooSlow(sent(10), SILENCE_MS + 1)).toBe(true);
    expect(isTooSlow(acknowledged(sent(10), 1, 2), 10 * SILENCE_MS)).toBe(false);
  });

  it("is sent no more than a client can be trusted to read", () => {
    expect(hasRoomFor(sent(WINDOW_BYTES - 100), 100)).toBe(true);
    expect(hasRoomFor(sent(WINDOW_BYTES - 100), 101)).toBe(false);
  });

  it("is told with the next frame of what was left out before", () => {
    expect(afterFrame({ ...NEW, skipped: 7 }, 10, 1).skipped).toBe(0);
  });
});
