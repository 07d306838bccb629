/**
 * The stand-in for every SDK's collector, a process of its own: `node index.ts '<Fault>'`. It sends its port as soon as it listens;
 * at the message `start` its clock begins, at any `read` it sends its {@link Tally}. What comes before `start` succeeds uncounted.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { type Fate, type Fault, fateOf } from "./faults.ts";
import { type Answer, type Protocol, protocolOf } from "./protocols.ts";
import { createTally, nowMs } from "./tally.ts";

const fault = JSON.parse(process.argv[2] ?? "") as Fault;
const tally = createTally();
const sockets = new Set<Socket>();
let closedBytes = 0;
let startedAt = Number.POSITIVE_INFINITY;

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://bench");
  const protocol = protocolOf(url.pathname);
  const isCounted = protocol !== undefined && request.method !== "OPTIONS" && nowMs() >= startedAt;
  const fate = isCounted ? fateOf(fault, tally.countRequest(), nowMs() - startedAt) : "accept";
  if (fate !== "accept") tally.countFailure();
  if (fate === "drop") request.socket.destroy();
  else readBody(request, (body) => settle(fate, { request, response, url, protocol, body }));
});

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  protocol: Protocol | undefined;
  body: Buffer;
}

function settle(fate: Exclude<Fate, "drop">, exchange: Exchange): void {
  switch (fate) {
    case "accept":
      answer(exchange, accept(exchange));
      break;
    case "refuse":
      refuse(exchange);
      break;
    case "lose":
      accept(exchange);
      exchange.request.socket.destroy();
      break;
    case "hang":
      break;
  }
}

function accept({ url, protocol, body }: Exchange): Answer {
  // Whatever else an SDK asks for, settings or flags: nothing special, and when the session began.
  if (protocol === undefined) return { status: 200, body: { server_ts: Math.floor(Date.now() / 1_000) } };
  const isPacked = body.length >= 2 && body.readUInt16BE(0) === 0x1f8b; // a page says it by no header: browsers would ask first
  const arrivals = protocol.read((isPacked ? gunzipSync(body) : body).toString(), url);
  if (nowMs() >= startedAt) tally.take(arrivals);
  return protocol.answer(arrivals);
}

function refuse(exchange: Exchange): void {
  if (fault.kind !== "refuse") return;
  const { status, retryAfterS } = fault;
  if (retryAfterS !== undefined) {
    exchange.response.setHeader("Retry-After", retryAfterS);
    tally.askToWait(retryAfterS * 1_000);
  }
  // Amplitude's SDK reads `code`, ours `title`.
  answer(exchange, { status, body: { code: status, error: "refused", title: "refused" } });
}

function answer({ request, response }: Exchange, { status, body }: Answer): void {
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Access-Control-Allow-Origin": request.headers.origin ?? "*",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Headers": request.headers["access-control-request-headers"] ?? "*",
  });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

function readBody(request: IncomingMessage, onBody: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => onBody(Buffer.concat(chunks)));
  request.on("error", () => {}); // the contender hung up
}

server.on("connection", (socket) => {
  sockets.add(socket);
  socket.once("close", () => {
    sockets.delete(socket);
    closedBytes += socket.bytesRead;
  });
});
// An idle connection stays: none is to be closed just when a contender takes it up again.
server.keepAliveTimeout = 120_000;
server.requestTimeout = 0;

process.on("message", (message) => {
  if (message === "start") startedAt = nowMs();
  if (message === "read") {
    const openBytes = [...sockets].reduce((bytes, socket) => bytes + socket.bytesRead, 0);
    process.send?.(tally.read(closedBytes + openBytes));
  }
});
process.once("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", 65_535, () => process.send?.((server.address() as AddressInfo).port));
