import { type Decision, decide } from "./answer.ts";
import { type Clock, wallTime } from "./clock.ts";
import { encodeEnvelope, type PendingEvent } from "./envelope.ts";
import type { Envelope, Verdict } from "../events.ts";
import type { DropCounts, Ledger } from "./ledger.ts";
import { dueAt, FREE, slowDown } from "./pace.ts";
import type { BatchLimit, Queue } from "./queue.ts";
import type { Transport } from "./transport.ts";
import type { DropReason, SendFailure } from "./types.ts";
import { randomUuid } from "./uuid.ts";

/** A request carries about this much JSON: far below the collector's 4 MiB, so that a slow uplink moves it within the deadline. */
export const BATCH_BYTES = 256 * 1024;

/** What the sender works with. */
export interface SenderParts {
  queue: Queue;
  ledger: Ledger;
  clock: Clock;
  random: () => number;
  transport: Transport;
  flushIntervalMs: number;
  maxBatchEvents: number;
  /** Everything of an envelope but its events. */
  head: (sessionId: string, dropped: DropCounts | undefined) => Omit<Envelope, "events">;
  /** The `event_id` of an event. */
  idOf: (event: PendingEvent) => string;
  onVerdict: (verdict: Verdict) => void;
  onError: (failure: SendFailure) => void;
}

/** Empties the queue: one request at a time, in order, until it is stopped. */
export interface Sender {
  /** Looks at the queue and sends or sets the timer. To be called whenever the queue or the pace has changed. */
  wake(): void;
  /** Resolves when all that waits now is settled, or the sender has stopped. */
  flush(): Promise<void>;
  /** Forgets its own backoff, for a last try; a time that the server named still holds. */
  hurry(): void;
  /** Ends the request under way and all timers, for good. */
  stop(): void;
}

interface Batch {
  requestId: string;
  attempts: number;
  events: PendingEvent[];
  /** What had been dropped when it was first sent; the collector counts it once, whichever attempt it was that arrived. */
  dropped: DropCounts | undefined;
}

/** Makes a sender. It does nothing until it is woken. */
export function createSender(parts: SenderParts): Sender {
  const { queue, ledger, clock } = parts;
  const fullLimit: BatchLimit = { events: parts.maxBatchEvents, bytes: BATCH_BYTES };
  let limit = fullLimit;
  let pace = FREE;
  let batch: Batch | null = null; // kept from attempt to attempt, so that its retry is the same request
  let underWay: AbortController | null = null;
  let stopped = false;
  let timer: { due: number; holds: boolean; cancel: () => void } | null = null;
  let flushes: { upTo: number; resolve: () => void }[] = [];

  /** Every reason to send comes through here: one due time, one timer. */
  function wake(): void {
    const oldest = queue.oldest();
    const idle = stopped || underWay !== null || !oldest;
    const holds = flushes.length > 0;
    const due = idle ? Infinity : dueAt(oldest.at, parts.flushIntervalMs, holds || queue.fills(limit), pace);
    if (timer?.due === due && timer.holds === holds) return;
    timer?.cancel();
    timer = null;
    const wait = due - clock.now();
    if (wait <= 0) void send();
    else if (due < Infinity) timer = { due, holds, cancel: clock.startTimer(onTimer, wait, holds) };
  }

  function onTimer(): void {
    timer = null;
    wake();
  }

  async function send(): Promise<void> {
    batch ??= {
      requestId: randomUuid(),
      attempts: 0,
      events: queue.peek(limit),
      dropped: ledger.takeUnreported(),
    };
    batch.attempts += 1;
    const { requestId, attempts: attempt, events, dropped } = batch;
    const abort = new AbortController();
    underWay = abort;
    const body = encodeEnvelope(parts.head(events[0]?.sessionId ?? "", dropped), events);
    const reply = await parts.transport({ body, requestId, attempt, abort });
    underWay = null;
    if (stopped) return; // what it carried stays pending: whether the collector has it is not known
    const decision = decide(reply, events.length, wallTime(clock));
    apply(decision, events);
    endFlushes();
    wake();
  }

  function apply(decision: Decision, events: PendingEvent[]): void {
    switch (decision.kind) {
      case "judged":
        judged(decision.verdicts, decision.retryAfterMs, events);
        break;
      case "retry":
        pace = slowDown(pace, clock.now(), decision.retryAfterMs, parts.random());
        parts.onError(failure(decision, events, "retrying"));
        break;
      case "too_large":
        if (events.length > 1) halve(events.length);
        else giveUp("too_large", decision, events);
        break;
      case "refused":
        giveUp("refused", decision, events);
        break;
      case "unauthorized":
        stop();
        parts.onError(failure(decision, events, "stopped"));
        break;
    }
  }

  function halve(size: number): void {
    forgetBatch();
    pace = FREE;
    limit = { ...limit, events: Math.floor(size / 2) };
  }

  function judged(verdicts: Verdict[], retryAfterMs: number | null, events: PendingEvent[]): void {
    const retried = new Set(verdicts.filter(({ status }) => status === "retry").map(({ index }) => index));
    const again = events.filter((_, index) => retried.has(index));
    const settled = events.length - again.length;
    batch = null;
    queue.settle(events.length, again);
    ledger.settle(settled);
    limit = { ...limit, events: Math.min(limit.events * 2, fullLimit.events) };
    const before = settled > 0 ? FREE : pace;
    pace = again.length > 0 ? slowDown(before, clock.now(), retryAfterMs, parts.random()) : FREE;
    for (const verdict of verdicts) {
      const event = events[verdict.index];
      if (event) parts.onVerdict({ ...verdict, event_id: verdict.event_id ?? parts.idOf(event) });
    }
  }

  function giveUp(
    reason: DropReason,
    why: { status: number; message: string },
    events: PendingEvent[],
  ): void {
    forgetBatch();
    pace = FREE;
    queue.settle(events.length, []);
    ledger.drop(reason, events.length);
    parts.onError(failure(why, events, "dropped"));
  }

  /** The batch will not be sent again as it is: its counts go with another. */
  function forgetBatch(): void {
    ledger.giveBack(batch?.dropped);
    batch = null;
  }

  function endFlushes(): void {
    const oldest = queue.oldest()?.seq ?? Infinity;
    const ended = flushes.filter(({ upTo }) => stopped || oldest > upTo);
    flushes = flushes.filter((flush) => !ended.includes(flush));
    for (const { resolve } of ended) resolve();
  }

  function stop(): void {
    stopped = true;
    underWay?.abort();
    endFlushes();
    wake();
  }

  return {
    wake,
    flush: () =>
      new Promise((resolve) => {
        flushes.push({ upTo: queue.newest()?.seq ?? 0, resolve });
        endFlushes();
        wake();
      }),
    hurry() {
      if (!pace.byServer) pace = FREE;
      wake();
    },
    stop,
  };
}

function failure(
  { status, message }: { status: number | null; message: string },
  events: PendingEvent[],
  outcome: SendFailure["outcome"],
): SendFailure {
  return { status, message, events: events.length, outcome };
}
