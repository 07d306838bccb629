import { DurableObject } from "cloudflare:workers";
import { distinct, type EventFilter, keyOf } from "../events/filter.ts";
import { log } from "../log.ts";
import { registryOf } from "../queue/registry.ts";
import { queueNamed } from "../queue/shards.ts";
import type { Showing } from "./gathering.ts";
import {
  FRAME_EVERY_MS,
  FRAME_EVERY_MS_PER_SOCKET,
  GATHER_MS,
  GATHER_MS_PER_CALL,
  MAX_FILTERS,
  MAX_GATHER_MS,
  MAX_SOCKETS,
} from "./limits.ts";
import { readMessage } from "./message.ts";
import { frameOf, Pending } from "./pending.ts";
import {
  afterAck,
  afterFrame,
  hasRoomFor,
  isTooSlow,
  type Opening,
  opened,
  type Session,
} from "./session.ts";

/** In what header the Worker says for whom a socket is opened: an `Opening` as JSON, URL-encoded. */
export const OPENING_HEADER = "X-Tail-Opening";

/** Queues are told for so long at a time that somebody watches. */
const LEASE_MS = 5 * 60_000;

/** How often sockets are looked after: keys that were revoked, clients that fell silent, a lease that ends. */
const LOOK_EVERY_MS = 30_000;

/** A client that changes its filter with every letter typed is heard so often. */
const FILTERS_EVERY_MS = 500;

/** Why a socket is closed, with the codes of https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 and, for 1013, of IANA's registry. */
const TOO_SLOW = [1013, "too slow: acknowledge frames as they come"] as const;
const UNREADABLE = [1008, 'send {"ack":n}, or {"filter":{"user","type","status"}}'] as const;
const KEY_ENDED = [1008, "the key was revoked, or has expired"] as const;
const UNREACHABLE = [1011, "the queues could not be told: connect again"] as const;

/**
 * Shows the events of one game to those who watch it. It is no part of the way that events take: while sockets are open it tells the
 * game's queues that somebody watches, the Worker then brings it what they took, and if it is slow, or down, nothing else is.
 * Between events it sleeps, its sockets open (https://developers.cloudflare.com/durable-objects/best-practices/websockets/). It stores no event.
 */
export class Tail extends DurableObject<Env> {
  readonly #game: string;
  readonly #sessions = new Map<WebSocket, Session>();
  /** What waits for the next frame, by filter. */
  #pending = new Map<string, Pending>();
  #framedAt = 0;
  /** How often the Worker has brought something since the last frames, and between those and the ones before. */
  #calls = 0;
  #callsBefore = 0;
  #frameTimer: ReturnType<typeof setTimeout> | undefined;
  #filtersToldAt = 0;
  #filtersTimer: ReturnType<typeof setTimeout> | undefined;
  /** The last telling of the queues: the next one waits for it, so that what is told last holds. */
  #told: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#game = ctx.id.name ?? "";
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    for (const socket of ctx.getWebSockets()) {
      if (isOpen(socket)) this.#sessions.set(socket, socket.deserializeAttachment());
    }
  }

  /** Opens a socket, for whom the Worker has let in. Once it is open no event is missed. */
  override async fetch(request: Request): Promise<Response> {
    const opening: Opening = JSON.parse(decodeURIComponent(request.headers.get(OPENING_HEADER) ?? ""));
    if (this.#isCrowded()) return new Response(null, { status: 429 });
    const { 0: client, 1: socket } = new WebSocketPair();
    this.ctx.acceptWebSocket(socket);
    this.#keep(socket, opened(opening));
    try {
      await this.#tellQueues();
    } catch (error) {
      this.#close(socket, UNREACHABLE);
      throw error;
    }
    await this.#lookLater();
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Takes what the Worker brings, for the next frame. Answers with how soon the same isolate may bring more, in milliseconds. */
  show(showing: Showing): number {
    this.#calls++;
    if (!this.#isWhatIsAskedFor(showing)) this.#tellFilters();
    for (const { filter } of this.#sessions.values()) this.#pendingFor(filter);
    for (const pending of this.#pending.values()) pending.add(showing);
    const everyMs = Math.max(FRAME_EVERY_MS, this.#sessions.size * FRAME_EVERY_MS_PER_SOCKET);
    const dueInMs = this.#framedAt + everyMs - Date.now();
    if (dueInMs <= 0) this.#sendFrames();
    else this.#frameTimer ??= setTimeout(() => this.#sendFrames(), dueInMs);
    const calls = Math.max(this.#calls, this.#callsBefore);
    return Math.min(MAX_GATHER_MS, Math.max(GATHER_MS, calls * GATHER_MS_PER_CALL));
  }

  override webSocketMessage(socket: WebSocket, text: string | ArrayBuffer): void {
    const session = this.#sessions.get(socket);
    if (session === undefined) return;
    const message = readMessage(text);
    switch (message?.kind) {
      case "ack": {
        const next = afterAck(session, message.n, Date.now());
        if (next === undefined) this.#close(socket, UNREADABLE);
        else this.#keep(socket, next);
        return;
      }
      case "filter":
        this.#keep(socket, { ...session, filter: message.filter });
        this.#tellFilters();
        return;
      case undefined:
        this.#close(socket, UNREADABLE);
    }
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    // A socket that slept is not answered by the platform: its client would wait for that, ten seconds and more.
    socket.close(1000);
    await this.#forget(socket);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.#forget(socket);
  }

  /** Never throws: after six failed runs the platform deletes an alarm. */
  override async alarm(): Promise<void> {
    try {
      const now = Date.now();
      for (const [socket, session] of this.#sessions) {
        if (isTooSlow(session, now)) this.#close(socket, TOO_SLOW);
      }
      await this.#closeEnded(now);
      if (this.#sessions.size === 0 || this.#leasedUntil() - now < LEASE_MS / 2) await this.#tellQueues();
    } catch (error) {
      log("error", "tail_alarm_failed", { game: this.#game, error: String(error) });
    }
    await this.#lookLater();
  }

  /** Sends every socket what waits for it. It awaits nothing: no socket holds another up. */
  #sendFrames(): void {
    clearTimeout(this.#frameTimer);
    this.#frameTimer = undefined;
    const now = Date.now();
    this.#framedAt = now;
    this.#callsBefore = this.#calls;
    this.#calls = 0;
    const waiting = this.#pending;
    this.#pending = new Map();
    const texts = new Map([...waiting].map(([key, pending]) => [key, pending.text()]));
    for (const [socket, session] of this.#sessions) {
      const key = keyOf(session.filter);
      const pending = waiting.get(key);
      if (pending === undefined || pending.isEmpty) continue;
      this.#sendFrame(socket, session, pending, texts.get(key) ?? "", now);
    }
  }

  #sendFrame(socket: WebSocket, session: Session, pending: Pending, items: string, now: number): void {
    const { bytes } = pending;
    if (isTooSlow(session, now)) {
      this.#close(socket, TOO_SLOW);
      return;
    }
    if (!hasRoomFor(session, bytes)) {
      this.#keep(socket, { ...session, skipped: session.skipped + pending.items + pending.skipped });
      return;
    }
    this.#keep(socket, afterFrame(session, bytes, now));
    try {
      socket.send(frameOf(session.sent + 1, items, session.skipped + pending.skipped));
    } catch {
      // It went away this moment: the platform says so next.
      this.#sessions.delete(socket);
    }
  }

  #pendingFor(filter: EventFilter): Pending {
    const key = keyOf(filter);
    const pending = this.#pending.get(key) ?? new Pending(filter);
    this.#pending.set(key, pending);
    return pending;
  }

  /** Closes the sockets whose key was revoked, or has expired. */
  async #closeEnded(now: number): Promise<void> {
    for (const [socket, { expiresAt }] of this.#sessions) {
      if (expiresAt !== null && expiresAt <= now) this.#close(socket, KEY_ENDED);
    }
    const registry = registryOf(this.env);
    const all = [...this.#sessions.values()].flatMap(({ keys }) => keys);
    // Mostly none is: one question for all of them.
    if (all.length === 0 || !(await registry.isRevoked(this.#game, [...new Set(all)]))) return;
    for (const [socket, { keys }] of this.#sessions) {
      if (await registry.isRevoked(this.#game, keys)) this.#close(socket, KEY_ENDED);
    }
  }

  /** Sockets that were closed, and whose clients have not answered, still hold what was sent: as many again. */
  #isCrowded(): boolean {
    return this.#sessions.size >= MAX_SOCKETS || this.ctx.getWebSockets().length >= 2 * MAX_SOCKETS;
  }

  /** A queue that was born, or has slept, since it was told offers everything; one that could not be told, what was asked for before. */
  #isWhatIsAskedFor({ skipped }: Showing): boolean {
    const filters = this.#filters();
    return filters.length === skipped.size && filters.every((filter) => skipped.has(keyOf(filter)));
  }

  /** Tells the queues what is asked for: at once, where that was not done just now. */
  #tellFilters(): void {
    const tell = () => {
      this.#filtersTimer = undefined;
      this.#filtersToldAt = Date.now();
      this.ctx.waitUntil(this.#tellQueuesOrLog());
    };
    const dueInMs = this.#filtersToldAt + FILTERS_EVERY_MS - Date.now();
    if (this.#filtersTimer !== undefined) return;
    if (dueInMs <= 0) tell();
    else this.#filtersTimer = setTimeout(tell, dueInMs);
  }

  async #tellQueuesOrLog(): Promise<void> {
    try {
      await this.#tellQueues();
    } catch (error) {
      log("error", "registry_unreachable", { game: this.#game, error: String(error) });
    }
  }

  /**
   * Tells the game's queues, and the registry for those yet to be born, until when somebody watches, and what they ask for. Throws where
   * the registry cannot be reached. A queue that cannot be reached is told with the next lease.
   */
  #tellQueues(): Promise<void> {
    this.#told = this.#told.catch(() => undefined).then(() => this.#tellQueuesNow());
    return this.#told;
  }

  async #tellQueuesNow(): Promise<void> {
    const filters = this.#filters();
    const until = this.#lease();
    const queues = await registryOf(this.env).watch(this.#game, until);
    await Promise.all(
      queues.map((queue) =>
        queueNamed(this.env, queue)
          .watch(until, filters)
          .catch((error) => log("warn", "queue_unreachable", { queue, error: String(error) })),
      ),
    );
  }

  #filters(): EventFilter[] {
    const filters = distinct([...this.#sessions.values()].map(({ filter }) => filter));
    return filters.length > MAX_FILTERS ? [{}] : filters;
  }

  /** Until when somebody watches; 0: nobody does. Each new lease is a row, here and in every queue: half of one is used up first. */
  #lease(): number {
    const now = Date.now();
    const known = this.#leasedUntil();
    const until = this.#sessions.size === 0 ? 0 : known - now < LEASE_MS / 2 ? now + LEASE_MS : known;
    if (until !== known) this.ctx.storage.kv.put("leased_until", until);
    return until;
  }

  #leasedUntil(): number {
    return this.ctx.storage.kv.get<number>("leased_until") ?? 0;
  }

  async #lookLater(): Promise<void> {
    if (this.#sessions.size === 0) return;
    if ((await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(Date.now() + LOOK_EVERY_MS);
  }

  #keep(socket: WebSocket, session: Session): void {
    this.#sessions.set(socket, session);
    socket.serializeAttachment(session);
  }

  #close(socket: WebSocket, [code, reason]: readonly [number, string]): void {
    this.#sessions.delete(socket);
    socket.close(code, reason);
    if (this.#sessions.size === 0) this.ctx.waitUntil(this.#tellQueuesOrLog());
  }

  async #forget(socket: WebSocket): Promise<void> {
    const wasThere = this.#sessions.delete(socket);
    if (wasThere && this.#sessions.size === 0) await this.#tellQueuesOrLog();
  }
}

function isOpen(socket: WebSocket): boolean {
  return socket.readyState === WebSocket.OPEN;
}
