import type { EventType } from "../events.ts";
import type { Clock } from "./clock.ts";
import { type Device, decodeDevice, encodeDevice } from "./device.ts";
import { type PendingEvent, type Segment, serializeEvent } from "./envelope.ts";
import { type Keep, NO_KEEP } from "./keep.ts";
import { createKeeper, NO_KEEPER } from "./keeper.ts";
import { addCounts, createLedger } from "./ledger.ts";
import { createListeners } from "./listeners.ts";
import { isUserId, type ResolvedOptions } from "./options.ts";
import { canBeSampled, rankOf } from "./priority.ts";
import { createQueue } from "./queue.ts";
import { createRecorder } from "./recorder.ts";
import { createSender } from "./sender.ts";
import { createSessions } from "./sessions.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";
import { createStamper } from "./stamper.ts";
import { createTimekeeper, isoTime } from "./timeline.ts";
import type { Transport } from "./transport.ts";
import type { Client, Closed, Consent, DropReason } from "./types.ts";
import { randomUuid } from "./uuid.ts";

/** What a platform gives a client, and what a test replaces to hold time, chance and the network in its hand. */
export interface Platform {
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  transport: Transport;
  keep: Keep;
  /** Called when the client is closed. */
  onClose?: () => void;
}

/** A client, and what its shell tells it of the world. */
export interface CoreClient extends Client {
  /** What every event comes through. */
  record(type: EventType, fields: object): void;
  /** The game may be gone in a moment: keeps and sends what there is. `forGood`: what comes afterwards is another page's. */
  leave(forGood: boolean): void;
  /** The game is in front again, or the network is back. */
  comeBack(): void;
  /** Delivers what waits, for at most so long. */
  drain(timeoutMs: number): Promise<void>;
  /** Keeps what is not settled, now. */
  keepNow(): void;
}

/** Events that an earlier run left come before all of this one. */
const RESTORED_ORDER = -(2 ** 40);

/** Starts a client on a platform. Nothing that it does throws. */
export function startClient(settings: ResolvedOptions, platform: Platform): CoreClient {
  const { clock, random, transport, keep } = platform;
  const listeners = createListeners();
  const timekeeper = createTimekeeper(clock);
  const queue = createQueue(settings.maxQueueBytes);
  const ledger = createLedger((drop) => listeners.tell("drop", drop));
  const keeper = keep === NO_KEEP ? NO_KEEPER : createKeeper(clock, write);
  const isAuto = settings.sessions === "auto";
  let manualSession = randomUuid(); // without automatic sessions; and until it is known which one goes on
  let device: Device = { user: settings.userId ?? randomUuid(), session: null, sessions: 0 };
  let consent = settings.consent;
  let hasLoaded = false;
  let isOpen = false; // with consent, and once what was kept has been read: nothing may be kept over it before
  let opening: Promise<void> | null = null;
  let earlyStart: object | null = null; // the game began a session before it was known which one goes on
  let sampleDraw = random();
  let lastOrder = 0;
  let restoredOrder = RESTORED_ORDER;
  let closing: Promise<Closed> | undefined;

  const sender = createSender({
    queue,
    ledger,
    clock,
    timekeeper,
    random,
    transport,
    listeners,
    flushIntervalMs: settings.flushIntervalMs,
    maxBatchEvents: settings.maxBatchEvents,
    lastOrder: () => lastOrder,
    onSettled: keeper.changed,
  });
  const stamper = createStamper(timekeeper, () => ({
    user_id: isAuto ? device.user : settings.userId,
    session_id: sessions.current()?.id ?? manualSession,
    platform: settings.platform,
    app_version: settings.appVersion,
  }));
  const sessions = createSessions({
    clock,
    remembered: () => remembered()?.session ?? null,
    user: () => device.user,
    onBegin() {
      device.sessions = Math.max(device.sessions, remembered()?.sessions ?? 0) + 1;
      renumber();
    },
    report: (type, fields) =>
      record(type, type === "session_start" ? { session_number: device.sessions, ...fields } : fields),
  });

  /** Every event comes through here. One that is dropped keeps its number: the gap shows the loss. */
  function record(type: EventType, fields: object): void {
    if (isAuto && isOpen && !closing && consent !== "denied" && !type.startsWith("session_"))
      sessions.touch();
    ledger.track(1);
    const reason = enqueue(type, fields);
    if (reason) ledger.drop(reason, 1);
    else sender.added();
    keeper.changed();
  }

  function enqueue(type: EventType, fields: object): DropReason | null {
    const seq = stamper.next();
    if (closing) return "closed";
    if (consent === "denied") return "denied";
    if (canBeSampled(type) && (isAuto ? sampleDraw : random()) >= sender.hints().sample) return "sampled";
    const segment = stamper.segment();
    const at = clock.now();
    const event = serializeEvent(type, fields, seq, at);
    if (event.kind === "dropped") return event.reason;
    const { line, bytes, ownId } = event;
    const rank = rankOf(type);
    const out = queue.push({ order: ++lastOrder, segment, seq, at, ownId, rank, line, bytes });
    if (out.length > 0) ledger.drop("queue_full", out.length);
    return null;
  }

  function renumber(): void {
    sampleDraw = random();
    stamper.renumber();
  }

  // What is kept

  function remembered(): Device | null {
    const text = keep.readDevice();
    return typeof text === "string" ? decodeDevice(text) : null;
  }

  function write(): void {
    if (!isOpen) return;
    keep.saveQueue(encodeSnapshot(sender.unsettled(), untold()));
    if (isAuto) keep.saveDevice(encodeDevice({ ...device, session: sessions.current() }));
  }

  /** Drops that no acknowledged batch has told of. */
  function untold() {
    return sender.dropsUnderWay().reduce(addCounts, ledger.unreported());
  }

  /** Takes over what earlier runs left, as soon as it may and it can be read. */
  function open(): void {
    if (consent !== "granted") {
      sender.hold(true);
      if (consent === "denied") keep.erase();
      return;
    }
    const device = keep.readDevice();
    if (device === null || typeof device === "string") load();
    else {
      sender.hold(true);
      opening = device.then(load);
    }
  }

  function load(): void {
    opening = null;
    if (consent !== "granted") return;
    isOpen = true;
    if (!hasLoaded) {
      hasLoaded = true;
      if (isAuto) resume();
      keep.adopt(restore);
    }
    sender.hold(false);
    keeper.changed();
  }

  function resume(): void {
    const early = stamper.latest();
    const known = remembered();
    if (known) device = { ...known, user: settings.userId ?? known.user };
    stamper.changed();
    sessions.resume();
    if (earlyStart) sessions.begin(earlyStart);
    stamper.takeOver(keep.takeNote?.(), sessions.current()?.id);
    if (early) belongToSession(early);
    // Not at once: the game may be about to say who plays.
    else clock.startTimer(() => isOpen && !closing && sessions.touch(), 0, false);
  }

  /** It follows the one that goes on, as soon as that is known. */
  function beginSession(fields: object): void {
    if (hasLoaded) sessions.begin(fields);
    else earlyStart = { timestamp: isoTime(clock.wall()), ...fields };
  }

  /** Events that came before it was known whose they are. */
  function belongToSession({ defaults }: Segment): void {
    sessions.touch();
    defaults.user_id = device.user;
    defaults.session_id = sessions.current()?.id;
  }

  function restore(text: string): boolean {
    const snapshot = decodeSnapshot(text);
    if (!snapshot) return false;
    const events = snapshot.events.map(
      (event): PendingEvent => ({ ...event, order: ++restoredOrder, at: Number.NEGATIVE_INFINITY }),
    );
    ledger.track(events.length);
    ledger.giveBack(snapshot.dropped);
    queue.putBack(events);
    keeper.changed();
    keeper.now();
    sender.wake();
    return true;
  }

  // What the game says

  function setConsent(to: Consent): void {
    consent = to;
    if (to === "denied") {
      const events = sender.forget();
      if (events.length > 0) ledger.drop("denied", events.length);
      sessions.forget();
      earlyStart = null;
      device = { user: settings.userId ?? randomUuid(), session: null, sessions: 0 };
      renumber();
    }
    isOpen = false;
    open();
  }

  function identify(user: string): void {
    if (!isUserId(user)) {
      console.error("playtrail: a user id must be 1–128 characters");
      return;
    }
    settings.userId = user;
    if (device.user === user) return;
    if (sessions.current()) sessions.end();
    device.user = user;
    stamper.changed();
    keeper.changed();
  }

  function flush(holds = true): Promise<void> {
    return opening ? opening.then(() => sender.flush(holds)) : sender.flush(holds);
  }

  async function drain(timeoutMs: number): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = clock.startTimer(resolve, timeoutMs, true);
    });
    sender.hurry();
    // The timer alone keeps a process alive: when that time is over, nothing may.
    await Promise.race([flush(false), late.then(sender.interrupt)]);
    cancel();
  }

  async function finish(timeoutMs: number): Promise<Closed> {
    await drain(timeoutMs);
    sender.stop();
    keeper.changed();
    keeper.now();
    isOpen = false; // what is kept is the next run's now
    platform.onClose?.();
    return { sent: ledger.sent(), dropped: ledger.dropped(), pending: sender.pending() };
  }

  const own = createRecorder(record, {
    start(fields = {}) {
      if (isAuto) return beginSession(fields);
      manualSession = randomUuid();
      stamper.changed();
      record("session_start", fields);
    },
    end(fields = {}) {
      if (isAuto) sessions.end(fields);
      else record("session_end", fields);
    },
  });

  open();
  return {
    ...own,
    identify,
    consent: setConsent,
    on: listeners.on,
    flush: () => flush(),
    close: (timeoutMs = 5_000) => (closing ??= finish(timeoutMs)),
    stats: () => ({
      tracked: ledger.tracked(),
      sent: ledger.sent(),
      dropped: ledger.dropped(),
      pending: sender.pending(),
    }),
    record,
    leave(forGood) {
      sender.leave();
      keeper.changed();
      keeper.now();
      const session = sessions.current();
      if (forGood && session && isOpen) keep.saveNote?.(stamper.handOver(session.id));
    },
    comeBack() {
      if (isAuto && isOpen && !closing) sessions.touch();
      sender.hurry();
    },
    drain,
    keepNow: keeper.now,
  };
}
