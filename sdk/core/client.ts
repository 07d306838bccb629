import { harmless } from "./callbacks.ts";
import { type Clock, createClock, wallTime } from "./clock.ts";
import { serializeEvent } from "./envelope.ts";
import type { EventType } from "../events.ts";
import { createLedger } from "./ledger.ts";
import { type ResolvedOptions, resolveOptions } from "./options.ts";
import { createQueue } from "./queue.ts";
import { createSender } from "./sender.ts";
import { createTransport, type Transport } from "./transport.ts";
import type { Client, ClientOptions, DropReason, EventFields, Stats } from "./types.ts";
import { numberedUuid, randomUuid } from "./uuid.ts";

/** What a test replaces to hold time, chance and the network in its hand. */
export interface ClientParts {
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  transport: Transport;
}

/**
 * Makes a client for one player. Throws a TypeError where an option is wrong; nothing throws after that.
 * @example
 * const playtrail = createClient({ url, key, platform: "web", appVersion: "1.4.0", userId: "player-7" });
 * playtrail.session.start();
 * playtrail.progression({ status: "complete", level: "world1/level3", score: 1200 });
 */
export function createClient(options: ClientOptions): Client {
  const settings = resolveOptions(options);
  const clock = createClock();
  return startClient(settings, { clock, random: Math.random, transport: createTransport(settings, clock) });
}

/** {@link createClient} with its parts given. */
export function startClient(settings: ResolvedOptions, { clock, random, transport }: ClientParts): Client {
  const idSeed = randomUuid();
  const startedAt = new Date(clock.startedAt).toISOString();
  const queue = createQueue(settings.maxQueueBytes);
  const ledger = createLedger(harmless("onDrop", settings.onDrop));
  let sessionId = randomUuid();
  let lastSeq = 0;
  let closing: Promise<Omit<Stats, "tracked">> | undefined;

  const sender = createSender({
    queue,
    ledger,
    clock,
    random,
    transport,
    flushIntervalMs: settings.flushIntervalMs,
    maxBatchEvents: settings.maxBatchEvents,
    head: (session, dropped) => ({
      id_seed: idSeed,
      // By the clock that the events are stamped with, so that the collector can correct them by it: a device that slept has a slow one.
      sent_at: new Date(wallTime(clock)).toISOString(),
      dropped,
      defaults: {
        user_id: settings.userId,
        session_id: session,
        platform: settings.platform,
        app_version: settings.appVersion,
        timestamp: startedAt,
      },
    }),
    idOf: (event) => event.ownId ?? numberedUuid(idSeed, event.seq),
    onVerdict: harmless("onVerdict", settings.onVerdict),
    onError: harmless("onError", settings.onError),
  });

  /** Every event comes through here. One that is dropped keeps its number: the gap shows the loss. */
  function record(type: EventType, fields: object): void {
    ledger.track();
    const reason = enqueue(type, fields);
    if (reason) ledger.drop(reason, 1);
    else sender.wake();
  }

  function enqueue(type: EventType, fields: object): DropReason | null {
    const seq = ++lastSeq;
    if (closing) return "closed";
    const at = clock.now();
    const event = serializeEvent(type, fields, seq, at);
    if (event.kind === "dropped") return event.reason;
    const { line, bytes, ownId } = event;
    return queue.push({ seq, at, sessionId, ownId, line, bytes }) ? null : "queue_full";
  }

  function recorder<Type extends EventType>(type: Type): (fields: EventFields<Type>) => void {
    return (fields) => record(type, fields);
  }

  async function deliverWithin(timeoutMs: number): Promise<Omit<Stats, "tracked">> {
    const cancelTimeout = clock.startTimer(sender.stop, timeoutMs, true);
    sender.hurry();
    await sender.flush();
    cancelTimeout();
    sender.stop();
    return { sent: ledger.sent(), dropped: ledger.dropped(), pending: queue.size() };
  }

  return {
    install: recorder("install"),
    purchase: recorder("purchase"),
    progression: recorder("progression"),
    resource: recorder("resource"),
    ad: recorder("ad"),
    performance: recorder("performance"),
    error: recorder("error"),
    custom: recorder("custom"),
    track: (name, properties) => record("custom", { name, properties }),
    session: {
      start(fields = {}) {
        sessionId = randomUuid();
        record("session_start", fields);
      },
      end: (fields = {}) => record("session_end", fields),
    },
    flush: sender.flush,
    close: (timeoutMs = 5_000) => (closing ??= deliverWithin(timeoutMs)),
    stats: () => ({
      tracked: ledger.tracked(),
      sent: ledger.sent(),
      dropped: ledger.dropped(),
      pending: queue.size(),
    }),
  };
}
