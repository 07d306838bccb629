import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Envelope, IngestAnswer } from "../sdk/events.ts";

/** A request with events as the collector saw it. */
export interface Received {
  /** When it came, in milliseconds of `performance.now()`. */
  at: number;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  isGzip: boolean;
  envelope: Envelope;
}

/** An event as it came; two copies of one event have the same `id`. */
export interface Arrived {
  id: string;
  type: string;
  seed: string;
  seq: number;
  session: string;
  user: string;
  /** All its fields, its envelope's defaults among them. */
  fields: Record<string, unknown>;
}

/** What the collector does with a request: takes it; takes it and loses the answer; hangs up; refuses it. */
export type Reaction =
  | "accept"
  | "lose_answer"
  | "disconnect"
  | { status: number; headers?: Record<string, string> };

/** A collector's stand-in that answers pages of other origins as the Worker does. */
export interface BrowserCollector {
  url: string;
  /** All requests with events, in the order of their coming. */
  requests: Received[];
  /** What browsers asked before they would send. */
  preflights: IncomingHttpHeaders[];
  /** Decides; assign another. Default: accepts everything. */
  react: (received: Received) => Reaction;
  /** Every event that was taken, copies included. */
  arrived(): Arrived[];
  close(): void;
}

/** As `worker/app.ts` answers a page: readable by any origin, and the headers that the SDK reads named. */
const OPEN_CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "X-Request-Id,Retry-After,Date",
};
const PREFLIGHT_CORS = {
  "Access-Control-Allow-Methods": "POST",
  "Access-Control-Allow-Headers": "Authorization,Content-Type,Content-Encoding,X-Request-Id,X-Attempt",
};

/** Starts a stand-in on a free port of the loopback. */
export async function startBrowserCollector(): Promise<BrowserCollector> {
  const taken: Received[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === "OPTIONS") {
      collector.preflights.push(request.headers);
      response.writeHead(204, { ...OPEN_CORS, ...PREFLIGHT_CORS }).end();
      return;
    }
    const received = await receive(request);
    collector.requests.push(received);
    const reaction = collector.react(received);
    if (reaction === "accept" || reaction === "lose_answer") taken.push(received);
    if (reaction === "accept") {
      const headers = { ...OPEN_CORS, "Content-Type": "application/json" };
      response.writeHead(202, headers).end(JSON.stringify(answer(received)));
    } else if (typeof reaction === "string") response.destroy();
    else response.writeHead(reaction.status, { ...OPEN_CORS, ...reaction.headers }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const collector: BrowserCollector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    preflights: [],
    react: () => "accept",
    arrived: () => taken.flatMap(eventsOf),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return collector;
}

async function receive(request: IncomingMessage): Promise<Received> {
  const at = performance.now();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const sent = Buffer.concat(chunks);
  // As the Worker does: no header says it.
  const isGzip = sent.readUInt16BE(0) === 0x1f8b;
  const { pathname: path, searchParams } = new URL(request.url ?? "", "http://collector");
  const envelope: Envelope = JSON.parse((isGzip ? gunzipSync(sent) : sent).toString());
  return { at, path, query: Object.fromEntries(searchParams), headers: request.headers, isGzip, envelope };
}

function answer({ query, envelope }: Received): IngestAnswer {
  return {
    request_id: query.request_id ?? "",
    received_at: new Date().toISOString(),
    accepted: envelope.events.length,
    duplicates: 0,
    rejected: 0,
    retry: 0,
    results: [],
  };
}

function eventsOf({ envelope }: Received): Arrived[] {
  return envelope.events.map((event) => {
    const fields: Record<string, unknown> = { ...envelope.defaults, ...event };
    return {
      id: `${envelope.id_seed}/${event.seq}`,
      type: String(fields.event_type),
      seed: String(envelope.id_seed),
      seq: Number(event.seq),
      session: String(fields.session_id),
      user: String(fields.user_id),
      fields,
    };
  });
}
