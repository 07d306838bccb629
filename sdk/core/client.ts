import type { Clock } from "./clock.ts";
import { type Device, decodeDevice, encodeDevice } from "./device.ts";
import { type PendingEvent, type Reported, type Segment, serializeEvent } from "./envelope.ts";
import { type Keep, NO_KEEP } from "./keep.ts";
import { createKeeper, NO_KEEPER } from "./keeper.ts";
import { addCounts, createLedger } from "./ledger.ts";
import { createListeners } from "./listeners.ts";
import { accepts, type ResolvedOptions } from "./options.ts";
import { canBeSampled, rankOf } from "./priority.ts";
import { createQueue } from "./queue.ts";
import { createRecorder } from "./recorder.ts";
import { createSender } from "./sender.ts";
import { createSessions } from "./sessions.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";
import { createStamper } from "./stamper.ts";
import { createTimekeeper, isoTime } from "./timeline.ts";
import type { Transport } from "./transport.ts";
import type { Client, Closed, Consent, DropReason, Stats } from "./types.ts";
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
  record(event: Reported): void;
  /** The game may be gone in a moment: keeps and sends what there is. `forGood`: what comes afterwards is another page's. */
  leave(forGood: boolean): void;
  /** The game is in front again. */
  comeBack(): void;
  /** The network may be back. */
  hurry(): void;
  /** Delivers what waits, for at most so long. */
  drain(timeoutMs: number): Promise<void>;
  /** Keeps what is not settled, now. */
  keepNow(): void;
}

/** Events that an earlier run left come before all of this one. */
const RESTORED_ORDER = -(2 ** 40);
/** setTimeout takes no longer wait for one. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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
  const newcomer = randomUuid(); // until it is known whom this device remembers
  let device: Device = { user: settings.userId ?? newcomer, session: null, sessions: 0 };
  let rememberedUser: string | undefined; // when this client looked last
  let consent = settings.consent;
  let hasLoaded = false;
  let isOpen = false; // with consent, and once what was kept has been read: nothing may be kept over it before
  let opening: Promise<void> | null = null;
  const early = new Set<Segment>(); // of events that came before it was known whose they are
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
    remembered() {
      const known = remembered();
      return known?.user === device.user ? known.session : undefined;
    },
    user: () => device.user,
    onEnter(isNew) {
      if (isNew) device.sessions = Math.max(device.sessions, remembered()?.sessions ?? 0) + 1;
      renumber();
      return device.sessions;
    },
    onChange: () => saveDevice(),
    report: record,
  });

  /** Every event comes through here. One that is dropped keeps its number: the gap shows the loss. */
  function record(event: Reported): void {
    if (isAuto && isOpen && !closing && !event.type.startsWith("session_")) sessions.touch();
    ledger.track(1);
    const reason = enqueue(event);
    if (reason) ledger.drop(reason, 1);
    else sender.added();
    keeper.changed();
  }

  function enqueue(reported: Reported): DropReason | null {
    const { type } = reported;
    const seq = stamper.next();
    if (closing) return "closed";
    if (consent === "denied") return "denied";
    if (canBeSampled(type) && (isAuto ? sampleDraw : random()) >= sender.hints().sample) return "sampled";
    const segment = stamper.segment();
    if (!hasLoaded) early.add(segment);
    const at = clock.now();
    const event = serializeEvent(reported, seq, at);
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
    sessions.catchUp();
    if (sessions.current()) saveDevice();
  }

  /** Unless another tab knows better who plays, or has forgotten it. */
  function saveDevice(isIdentified = false): void {
    const known = remembered();
    if (!isOpen || !isAuto || (known?.user !== rememberedUser && !isIdentified)) return;
    const count = Math.max(device.sessions, known?.sessions ?? 0);
    keep.saveDevice(encodeDevice({ ...device, sessions: count, session: sessions.current() }));
    rememberedUser = remembered()?.user;
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
    const known = remembered();
    if (known) device = { ...known, user: settings.userId ?? known.user };
    rememberedUser = known?.user;
    stamper.changed();
    sessions.takeUp(known?.session);
    if (earlyStart) sessions.begin(earlyStart);
    stamper.takeOver(keep.takeNote?.(), sessions.current()?.id);
    if (early.size > 0) welcome(known?.user ?? newcomer);
    // Not at once: the game may be about to say who plays.
    else clock.startTimer(() => isOpen && !closing && sessions.touch(), 0, false);
  }

  /** It follows the one that goes on, as soon as that is known. */
  function beginSession(fields: object): void {
    if (hasLoaded) {
      sessions.begin(fields);
      return;
    }
    earlyStart = { timestamp: isoTime(clock.wall()) };
    try {
      Object.assign(earlyStart, fields);
    } catch {
      // A getter of the game's threw: the session begins all the same.
    }
  }

  /** Events that came before it was known whose they are. */
  function welcome(user: string): void {
    sessions.touch();
    for (const { defaults } of early) {
      if (defaults.user_id === newcomer) defaults.user_id = user;
      defaults.session_id = sessions.current()?.id;
    }
  }

  function restore(text: string): boolean {
    const snapshot = isOpen && decodeSnapshot(text);
    if (!snapshot) return false;
    const events = snapshot.events.map(
      (event): PendingEvent => ({ ...event, order: ++restoredOrder, at: -Infinity }),
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
    if (!accepts("consent", to) || (closing && to !== "denied")) return;
    consent = to;
    if (to === "denied") {
      const events = sender.forget();
      if (events.length > 0) ledger.drop("denied", events.length);
      sessions.forget();
      earlyStart = null;
      device = { user: settings.userId ?? randomUuid(), session: null, sessions: 0 };
      manualSession = randomUuid();
      rememberedUser = undefined;
      renumber();
    }
    isOpen = false;
    open();
  }

  function identify(user: string): void {
    if (!accepts("userId", user)) return;
    settings.userId = user;
    if (device.user === user) return;
    if (sessions.current()) sessions.end();
    device.user = user;
    stamper.changed();
    if (remembered()?.user !== user) saveDevice(true);
  }

  function flush(holds = true): Promise<void> {
    return opening ? opening.then(() => sender.flush(holds)) : sender.flush(holds);
  }

  async function drain(timeoutMs: number): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = clock.startTimer(resolve, Math.min(timeoutMs, LONGEST_TIMER_MS), true);
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
    const { sent, dropped, pending } = stats();
    return { sent, dropped, pending };
  }

  function stats(): Stats {
    return {
      tracked: ledger.tracked(),
      sent: ledger.sent(),
      dropped: ledger.dropped(),
      pending: sender.pending(),
    };
  }

  const own = createRecorder(record, {
    start(fields = {}) {
      if (isAuto) return beginSession(fields);
      manualSession = randomUuid();
      stamper.changed();
      record({ type: "session_start", fields });
    },
    end(fields = {}) {
      if (isAuto) sessions.end(fields);
      else record({ type: "session_end", fields });
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
    stats,
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
    hurry: sender.hurry,
    drain,
    keepNow: keeper.now,
  };
}
