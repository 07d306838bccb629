import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import type { Envelope, EnvelopeEvent, IngestAnswer, Verdict } from "../events.ts";
import { SERVER_DEFAULTS } from "../server/defaults.ts";
import { createServerWire } from "../server/wire.ts";
import { type CoreClient, type Platform, startClient } from "./client.ts";
import { type Clock, createClock } from "./clock.ts";
import { type Keep, NO_KEEP } from "./keep.ts";
import { resolveOptions } from "./options.ts";
import { createTransport, gzipStream, type Transport } from "./transport.ts";
import type { ClientOptions } from "./types.ts";

/** A request as the collector saw it; `ids` are its events' resolved ids. */
export interface Received {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  envelope: Envelope;
  ids: string[];
}

/** An HTTP answer. A body that is no text is sent as JSON. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** What the collector does with a request, once it has read it. */
export type Reaction = Answer | "hang" | "disconnect";

/** A real HTTP server in the collector's place. */
export interface Collector {
  url: string;
  requests: Received[];
  /** Decides the answer; assign another. Default: accepts everything. */
  react: (received: Received) => Reaction;
  /** Resolves with request `number` (from 1) once it has arrived. */
  received(number: number): Promise<Received>;
  close(): void;
}

/** Accepts all but what the verdicts say. */
export function judge({ envelope }: Received, results: Verdict[] = []): Answer {
  const count = (status: Verdict["status"]) => results.filter((verdict) => verdict.status === status).length;
  const [duplicates, rejected, retry] = [count("duplicate"), count("rejected"), count("retry")];
  const accepted = envelope.events.length - duplicates - rejected - retry;
  const received_at = new Date().toISOString();
  const body: IngestAnswer = { request_id: "r", received_at, accepted, duplicates, rejected, retry, results };
  return { status: rejected === envelope.events.length ? 422 : 202, body };
}

/** All events that came, each with the fields that its envelope adds. */
export function eventsOf({ requests }: Collector): EnvelopeEvent[] {
  return requests.flatMap(({ envelope: { defaults, events } }) =>
    events.map((event) => ({ ...defaults, ...event })),
  );
}

/** Starts a collector on a free port of the loopback. */
export async function startCollector(): Promise<Collector> {
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const received = await receive(request);
    collector.requests.push(received);
    for (const check of waiting) check();
    respond(collector.react(received), response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;

  const collector: Collector = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    react: (received) => judge(received),
    received: (number) =>
      new Promise((resolve) => {
        const check = () => {
          const received = collector.requests[number - 1];
          if (received) resolve(received);
        };
        waiting.push(check);
        check();
      }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return collector;
}

async function receive(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const sent = Buffer.concat(chunks);
  const { method, url: path, headers } = request;
  const envelope: Envelope = JSON.parse(
    (headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent).toString(),
  );
  return { method, path, headers, envelope, ids: envelope.events.map((event) => resolveId(envelope, event)) };
}

/** As the contract says it, written apart from the SDK's own: the seed's first ten bytes, `seq` in six, marked as version 8. */
function resolveId(envelope: Envelope, event: Envelope["events"][number]): string {
  if (typeof event.event_id === "string") return event.event_id;
  const id = Buffer.from(String(envelope.id_seed).replaceAll("-", ""), "hex");
  id.writeUIntBE(Number(event.seq), 10, 6);
  id.writeUInt8((id.readUInt8(6) & 0x0f) | 0x80, 6);
  id.writeUInt8((id.readUInt8(8) & 0x3f) | 0x80, 8);
  return id.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function respond(reaction: Reaction, response: ServerResponse): void {
  if (reaction === "hang") return;
  if (reaction === "disconnect") {
    response.destroy();
    return;
  }
  response.writeHead(reaction.status, { "Content-Type": "application/json", ...reaction.headers });
  response.end(typeof reaction.body === "string" ? reaction.body : JSON.stringify(reaction.body ?? {}));
}

/** A clock that a test moves. */
export interface TestClock extends Clock {
  /** The armed timers: how long each still has to run, shortest first. */
  timers(): number[];
  /** Lets time pass, and runs what comes due. */
  advance(ms: number): void;
  /** Somebody sets the device's clock. */
  jump(ms: number): void;
  /** Lets time pass up to the next timer, if there is one. */
  skip(): void;
}

const STARTED_AT = Date.UTC(2026, 10, 21);

/** Makes a clock that stands still at 2026-11-21T00:00:00Z. */
export function createTestClock(): TestClock {
  let time = 0;
  let aheadMs = 0;
  let timers: { run: () => void; due: number }[] = [];
  const clock: TestClock = {
    wall: () => STARTED_AT + time + aheadMs,
    now: () => time,
    startTimer(run, ms) {
      const timer = { run, due: time + ms };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    timers: () => timers.map(({ due }) => due - time).sort((a, b) => a - b),
    advance(ms) {
      time += ms;
      const due = timers.filter((timer) => timer.due <= time);
      timers = timers.filter((timer) => timer.due > time);
      for (const timer of due) timer.run();
    },
    jump(ms) {
      aheadMs += ms;
    },
    skip() {
      const [next] = clock.timers();
      if (next !== undefined) clock.advance(next);
    },
  };
  return clock;
}

/** Requests that wait for their answer. */
let underWay = 0;

/** Lets a test see when nothing is under way: only then may it let time pass without a request's noticing. */
function counted({ pack, post }: Transport): Transport {
  const count = async <Value>(promise: Promise<Value>): Promise<Value> => {
    underWay++;
    return promise.finally(() => underWay--);
  };
  return { pack: (json) => count(pack(json)), post: (attempt) => count(post(attempt)) };
}

/**
 * A client of this collector. Its clock is the test's; the deadline of its requests runs on the real one, unless `deadlines` is given.
 * It is a server's, for one player, unless the options say otherwise.
 */
export function connect(
  { url }: Collector,
  clock: TestClock,
  options: Partial<ClientOptions> = {},
  { deadlines = createClock(), ...platform }: Partial<Platform> & { deadlines?: Clock } = {},
): CoreClient {
  const settings = resolveOptions(
    { url, key: "key-of-a-test", platform: "web", appVersion: "1.4.0", userId: "player-7", ...options },
    { ...SERVER_DEFAULTS, maxBatchEvents: 100 },
  );
  const transport = counted(createTransport(createServerWire(settings, gzipStream), deadlines));
  return startClient(settings, { clock, random: () => 0.5, transport, keep: NO_KEEP, ...platform });
}

/** Lets the network take its turns until something is so. */
export async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for a promise while the clock skips from timer to timer, so that no backoff costs real time. */
export async function skipping<Value>(clock: TestClock, promise: Promise<Value>): Promise<Value> {
  let waiting = true;
  const settled = promise.finally(() => {
    waiting = false;
  });
  while (waiting) {
    if (underWay === 0) clock.skip();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return settled;
}

/** What outlives a client of a test: a device's storage. */
export interface TestStorage {
  device: string | null;
  note: string | null;
  queues: Map<object, string>;
}

/** An empty storage. */
export function createTestStorage(): TestStorage {
  return { device: null, note: null, queues: new Map() };
}

/** Keeps in a storage, as one tab of a browser does: the queues of all others are taken for left behind. */
export function keepIn(storage: TestStorage): Keep {
  const own = {};
  return {
    readDevice: () => storage.device,
    saveDevice(text) {
      storage.device = text;
    },
    saveQueue(text) {
      if (text === null) storage.queues.delete(own);
      else storage.queues.set(own, text);
    },
    adopt(take) {
      for (const [name, text] of [...storage.queues]) {
        if (name === own) continue;
        if (take(text)) storage.queues.delete(name);
      }
    },
    saveNote(text) {
      storage.note = text;
    },
    takeNote() {
      const { note } = storage;
      storage.note = null;
      return note;
    },
    erase() {
      storage.device = null;
      storage.note = null;
      storage.queues.clear();
    },
  };
}
