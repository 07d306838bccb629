import type { Envelope, IngestAnswer } from "../events.ts";
import { type Decision, decide } from "./answer.ts";
import { spread } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { type PendingEvent, type Segment, utf8Length, withEvents } from "./envelope.ts";
import { type Hints, hintsOf, NO_HINTS } from "./hints.ts";
import type { DropCounts, Ledger } from "./ledger.ts";
import type { Listeners } from "./listeners.ts";
import { FREE, slowDown } from "./pace.ts";
import type { BatchLimit, Queue } from "./queue.ts";
import type { Timekeeper } from "./timeline.ts";
import type { Body, Reply, Transport } from "./transport.ts";
import type { DropReason, SendFailure } from "./types.ts";
import { numberedUuid, randomUuid } from "./uuid.ts";

/** A request carries about this much JSON: far below the collector's 4 MiB, so that a slow uplink moves it within the deadline. */
export const BATCH_BYTES = 256 * 1024;
/** A batch is sent early when nothing was added to it for so much of the flush interval. */
const IDLE_SHARE = 0.5;
/** So many requests may be under way while full batches wait and none fails; otherwise it is one. */
const LANES = 3;
/** A batch that is refused so often by something that is not the collector is sent in halves: one of its events may be why. */
const PATIENCE = 5;
/** An event that is refused though it is alone lets all others go first, and waits so long between its attempts. */
const LONER_PAUSE_MS = 30_000;
/** A request that has waited so long for its answer holds up no other. */
const STALL_MS = 2_000;
/** Browsers let a page that is left keep 64 KiB under way (Fetch standard, "inflight keepalive bytes"); some is for what surrounds it. */
const KEEPALIVE_BYTES = 60 * 1024;
/** One request of a page that is left; two of them fit. */
const LEAVE_BATCH_BYTES = 30 * 1024;
/** What an envelope takes beside its events, generously. */
const ENVELOPE_BYTES = 1_024;
/** A body up to this size outlives its page in any case: all lanes together stay within the browser's bound. */
const KEEPALIVE_BODY_BYTES = 16 * 1024;

/** What the sender works with. */
export interface SenderParts {
  queue: Queue;
  ledger: Ledger;
  clock: Clock;
  timekeeper: Timekeeper;
  random: () => number;
  transport: Transport;
  listeners: Listeners;
  flushIntervalMs: number;
  maxBatchEvents: number;
  /** The `order` of the event that came last. */
  lastOrder: () => number;
  /** Called when there is less to keep than before. */
  onSettled: () => void;
}

/** Empties the queue, in order, until it is stopped. */
export interface Sender {
  /** Looks at the queue and sends or sets the timer. To be called whenever the queue has changed. */
  wake(): void;
  /** After one more event: sees to the timer, and sends nothing at once. */
  added(): void;
  /** Resolves when all that waits now is settled, or the sender has stopped or is held. A Node process lives until then where it `holds`. */
  flush(holds?: boolean): Promise<void>;
  /** Ends the requests under way. What they carried is sent again later. */
  interrupt(): void;
  /** Sends nothing new until it is released. */
  hold(held: boolean): void;
  /** Forgets its own backoff, for a last try, or since the network is back; a time that the server named still holds. */
  hurry(): void;
  /** The page may be gone in a moment: sends now what fits, in requests that outlive it. */
  leave(): void;
  /** All that is not settled, oldest first, batches under way included. */
  unsettled(): PendingEvent[];
  /** How many that are. */
  pending(): number;
  /** What was dropped, by the batches that tell of it. */
  dropsUnderWay(): DropCounts[];
  /** What the collector asked for last. */
  hints(): Hints;
  /** Forgets all that is not settled, and returns it. */
  forget(): PendingEvent[];
  /** Ends the requests under way and all timers, for good. */
  stop(): void;
}

/** Events that are sent together, from their first attempt until they are settled. */
interface Batch {
  requestId: string;
  attempts: number;
  /** How often something refused it that did not say "later". */
  refusals: number;
  /** Others were taken since. */
  outlived: boolean;
  /** How often it was refused when others had been taken meanwhile, and none was refused. */
  blame: number;
  events: PendingEvent[];
  segment: Segment;
  /** What had been dropped when it was first sent; the collector counts it once, whichever attempt it was that arrived. */
  dropped: DropCounts | undefined;
  /** The attempt under way. */
  flight: Flight | null;
}

/** An attempt under way. Where its batch has another meanwhile, or none, its reply means nothing any more. */
interface Flight {
  since: number;
  abort: AbortController;
  /** Bytes of the browser's bound that it takes, once it is with the network. */
  keptAliveBytes: number;
  /** When it was handed to the network, by the client's clock; absent: it is being packed. */
  postedAt?: number;
}

/** Makes a sender. It does nothing until it is woken. */
export function createSender(parts: SenderParts): Sender {
  const { queue, ledger, clock, timekeeper, transport, listeners } = parts;
  const fullLimit: BatchLimit = { events: parts.maxBatchEvents, bytes: BATCH_BYTES };
  let limit = fullLimit;
  let pace = FREE;
  let hints = NO_HINTS;
  let pausedUntil = 0;
  let lonersUntil = 0;
  let batches: Batch[] = []; // oldest first, loners last: those under way, and those that wait to be sent again as they are
  let held = false;
  let stopped = false;
  let timer: { due: number; holds: boolean; cancel: () => void } | null = null;
  const flushes: { upTo: number; holds: boolean; resolve: () => void }[] = []; // in the order of `upTo`

  /** Sends what is due. Every reason to send comes through here: one due time, one timer. */
  function wake(): void {
    while (!stopped && !held && dueAt() <= clock.now()) void fly(nextBatch(limit), false);
    arm();
  }

  /** Sets the timer for what is due next. */
  function arm(): void {
    const due = stopped || held ? Infinity : dueAt();
    const holds = flushes.some((flush) => flush.holds);
    // One that fires early looks again: to set it anew with each event would cost more.
    if (timer && due < Infinity && timer.due <= due && timer.holds === holds) return;
    disarm();
    if (due === Infinity) return;
    timer = { due, holds, cancel: clock.startTimer(onTimer, Math.max(0, due - clock.now()), holds) };
  }

  function disarm(): void {
    timer?.cancel();
    timer = null;
  }

  function onTimer(): void {
    timer = null;
    wake();
  }

  /** When the next request may leave; Infinity where nothing waits, or an answer must come first. */
  function dueAt(): number {
    const waiting = waitingAgain();
    const again = waiting.some((batch) => !isLoner(batch));
    const events = queue.events();
    const full = queue.fills(limit);
    let ready = again || full || flushes.length > 0 ? 0 : companyUntil(events);
    if (!again && events.length === 0) ready = waiting.length > 0 ? lonersUntil : Infinity;
    return Math.max(ready, pace.notBefore, pausedUntil, laneFreeAt(full));
  }

  /** Until when events wait for company: the oldest for the interval, and the youngest for half of it, for then a burst is over. */
  function companyUntil(events: readonly PendingEvent[]): number {
    const interval = hints.flushIntervalMs ?? parts.flushIntervalMs;
    const oldest = events[0]?.at ?? 0;
    const youngest = events[events.length - 1]?.at ?? 0;
    return Math.min(oldest + interval, youngest + interval * IDLE_SHARE);
  }

  /** When there is a lane for one more request. */
  function laneFreeAt(full: boolean): number {
    const flights = underWay();
    const stallAt = flights.map(({ since }) => since + STALL_MS).filter((at) => at > clock.now());
    const lanes = full && pace.failingSince === null ? LANES : 1;
    if (flights.length >= LANES) return Infinity;
    return stallAt.length < lanes ? 0 : Math.min(...stallAt);
  }

  function underWay(): Flight[] {
    return batches.flatMap(({ flight }) => flight ?? []);
  }

  function waitingAgain(): Batch[] {
    return batches.filter(({ flight }) => !flight);
  }

  function nextBatch(within: BatchLimit): Batch | undefined {
    const waiting = waitingAgain();
    const again = waiting.find((batch) => !isLoner(batch));
    if (again) return again;
    const events = queue.take(within);
    const [first] = events;
    if (!first) return waiting[0];
    const dropped = ledger.takeUnreported();
    const batch = {
      requestId: randomUuid(),
      attempts: 0,
      refusals: 0,
      outlived: false,
      blame: 0,
      events,
      segment: first.segment,
      dropped,
      flight: null,
    };
    batches.push(batch);
    return batch;
  }

  async function fly(batch: Batch | undefined, leaving: boolean): Promise<void> {
    if (!batch) return;
    batch.attempts += 1;
    const abort = new AbortController();
    const since = clock.now();
    const flight: Flight = { since, abort, keptAliveBytes: 0 };
    batch.flight = flight;
    const json = withEvents(headOf(batch), batch.events);
    // A page that is left has no time for gzip, which is asynchronous.
    const body = leaving ? json : await transport.pack(json);
    if (batch.flight !== flight) return;
    const reply = await post(batch, flight, body, leaving);
    if (batch.flight !== flight) return;
    batch.flight = null;
    land(batch, flight, reply);
  }

  /** Up to the request itself this runs at once: a page that is left may have no next moment. */
  function post(batch: Batch, flight: Flight, body: Body, leaving: boolean): Promise<Reply> {
    const { requestId, attempts: attempt } = batch;
    const bytes = typeof body === "string" ? utf8Length(body) : body.length;
    const keepalive = leaving || bytes <= KEEPALIVE_BODY_BYTES;
    flight.keptAliveBytes = keepalive ? bytes : 0;
    flight.postedAt = clock.now();
    return transport.post({ body, bytes, requestId, attempt, keepalive, abort: flight.abort });
  }

  function land(batch: Batch, flight: Flight, reply: Reply): void {
    if (stopped) return; // what it carried stays pending: whether the collector has it is not known
    const decision = decide(reply, batch.events.length, clock.wall());
    apply(decision, batch, flight);
    parts.onSettled();
    endFlushes();
    disarm();
    wake();
  }

  function apply(decision: Decision, batch: Batch, flight: Flight): void {
    switch (decision.kind) {
      case "judged":
        judged(decision, batch, flight);
        break;
      case "retry":
        retry(decision, batch);
        break;
      case "too_large":
        goOn();
        if (batch.events.length > 1) halve(batch);
        else giveUp("too_large", decision, batch);
        break;
      case "refused":
        goOn();
        giveUp("refused", decision, batch);
        break;
      case "unauthorized":
        stop();
        listeners.tell("error", failure(decision, batch, "stopped"));
        break;
    }
  }

  function judged(
    { answer, retryAfterMs }: Extract<Decision, { kind: "judged" }>,
    batch: Batch,
    flight: Flight,
  ): void {
    const { events, dropped } = batch;
    const retried = new Set(
      answer.results.filter(({ status }) => status === "retry").map(({ index }) => index),
    );
    const again = events.filter((_, index) => retried.has(index));
    remove(batch);
    queue.putBack(again);
    ledger.settle(events.length - again.length);
    if (answer.dropped_counted === false) ledger.giveBack(dropped);
    timekeeper.learn(flight.postedAt ?? 0, clock.now(), Date.parse(answer.received_at));
    hints = hintsOf(answer);
    pausedUntil = hints.pauseMs && clock.now() + spread(hints.pauseMs, parts.random());
    limit = { ...limit, events: Math.min(limit.events + 1, fullLimit.events) };
    for (const other of batches) other.outlived = true;
    if (again.length < events.length) goOn();
    if (again.length > 0) pace = slowDown(pace, clock.now(), retryAfterMs, parts.random());
    tellVerdicts(answer, events);
  }

  function tellVerdicts(
    { accepted, duplicates, rejected, retry, results }: IngestAnswer,
    events: PendingEvent[],
  ): void {
    for (const verdict of results) {
      const event = events[verdict.index];
      if (event) listeners.tell("verdict", { ...verdict, event_id: verdict.event_id ?? idOf(event) });
    }
    listeners.tell("flush", { accepted, duplicates, rejected, retry });
  }

  function retry(decision: Extract<Decision, { kind: "retry" }>, batch: Batch): void {
    const { status, retryAfterMs } = decision;
    // Whoever says "later" means all of them.
    const isRefusal = status !== null && status !== 429 && status !== 503;
    if (isRefusal && isLoner(batch)) {
      suspect(decision, batch);
      return;
    }
    pace = slowDown(pace, clock.now(), retryAfterMs, parts.random());
    listeners.tell("error", failure(decision, batch, "retrying"));
    if (!isRefusal) return;
    for (const other of batches) other.blame = 0;
    batch.refusals += 1;
    if (batch.refusals >= PATIENCE && batch.events.length > 1) halve(batch);
  }

  /** A loner is refused once more. Nobody else waits for that, and it alone is to blame if others are taken all the while. */
  function suspect(decision: Extract<Decision, { kind: "retry" }>, batch: Batch): void {
    if (batch.outlived) batch.blame += 1;
    batch.outlived = false;
    batches = [...batches.filter((other) => other !== batch), batch];
    lonersUntil = clock.now() + spread(LONER_PAUSE_MS, parts.random());
    if (batch.blame >= PATIENCE) giveUp("refused", decision, batch);
    else listeners.tell("error", failure(decision, batch, "retrying"));
  }

  function halve(batch: Batch): void {
    dissolve(batch);
    limit = { ...limit, events: Math.floor(batch.events.length / 2) };
  }

  /** The collector answers. That an older request is answered does not end a wait that a younger one was told. */
  function goOn(): void {
    if (clock.now() >= pace.notBefore) pace = FREE;
  }

  function giveUp(reason: DropReason, why: { status: number | null; message: string }, batch: Batch): void {
    remove(batch);
    ledger.giveBack(batch.dropped);
    ledger.drop(reason, batch.events.length);
    listeners.tell("error", failure(why, batch, "dropped"));
  }

  /** The batch will not be sent again as it is: its events and its counts go with others. */
  function dissolve(batch: Batch): void {
    remove(batch);
    ledger.giveBack(batch.dropped);
    queue.putBack(batch.events);
  }

  function remove(batch: Batch): void {
    batch.flight = null;
    batches = batches.filter((other) => other !== batch);
  }

  function leave(): void {
    if (stopped || held || pace.failingSince !== null || clock.now() < pausedUntil) return;
    for (const batch of batches) if (batch.flight?.postedAt === undefined && !isLoner(batch)) dissolve(batch);
    let room = KEEPALIVE_BYTES - underWay().reduce((sum, { keptAliveBytes }) => sum + keptAliveBytes, 0);
    for (;;) {
      const bytes = Math.min(LEAVE_BATCH_BYTES, room) - ENVELOPE_BYTES;
      const next = queue.events()[0];
      if (!next || next.bytes > bytes) return;
      const batch = nextBatch({ events: fullLimit.events, bytes });
      void fly(batch, true);
      room -= batch?.flight?.keptAliveBytes ?? room;
    }
  }

  function unsettled(): PendingEvent[] {
    const events = [...batches.flatMap((batch) => batch.events), ...queue.events()];
    return batches.length > 0 ? events.sort((a, b) => a.order - b.order) : events;
  }

  function endFlushes(): void {
    if (flushes.length === 0) return;
    const firsts = [...batches.map(({ events }) => events[0]), queue.events()[0]];
    const orders = stopped || held ? [] : firsts.flatMap((event) => event?.order ?? []);
    const oldest = Math.min(...orders); // Infinity where nothing is left
    while (flushes[0] && flushes[0].upTo < oldest) flushes.shift()?.resolve();
  }

  function interrupt(): void {
    for (const { abort } of underWay()) abort.abort();
  }

  function stop(): void {
    stopped = true;
    interrupt();
    endFlushes();
    wake();
  }

  return {
    wake,
    added() {
      // Most change nothing. None sends at once: packing costs milliseconds, which the game may need for its frame.
      const isIdle = timer ? !queue.fills(limit) || timer.due <= clock.now() : batches.length >= LANES;
      if (!isIdle) arm();
    },
    flush: (holds = true) =>
      new Promise((resolve) => {
        flushes.push({ upTo: parts.lastOrder(), holds, resolve });
        endFlushes();
        wake();
      }),
    interrupt,
    hold(hold) {
      held = hold;
      endFlushes();
      wake();
    },
    hurry() {
      if (!pace.byServer) pace = { ...pace, notBefore: 0 };
      wake();
    },
    leave,
    unsettled,
    pending: () => batches.reduce((sum, { events }) => sum + events.length, queue.events().length),
    dropsUnderWay: () => batches.flatMap(({ dropped }) => dropped ?? []),
    hints: () => hints,
    forget() {
      const events = unsettled();
      interrupt();
      for (const batch of batches) dissolve(batch);
      queue.clear();
      endFlushes();
      wake();
      return events;
    },
    stop,
  };

  function headOf({ segment, dropped }: Batch): Omit<Envelope, "events"> {
    const { idSeed, defaults, timeline } = segment;
    return { id_seed: idSeed, ...timekeeper.stamp(timeline), dropped, defaults };
  }
}

/** Whether it is one event that something refuses again and again. */
function isLoner({ events, refusals }: Batch): boolean {
  return events.length === 1 && refusals >= PATIENCE;
}

function failure(
  { status, message }: { status: number | null; message: string },
  { events }: Batch,
  outcome: SendFailure["outcome"],
): SendFailure {
  return { status, message, event_ids: events.map(idOf), outcome };
}

/** The `event_id` of an event. */
function idOf({ ownId, segment, seq }: PendingEvent): string {
  return ownId ?? numberedUuid(segment.idSeed, seq);
}
