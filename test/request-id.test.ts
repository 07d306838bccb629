import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createGameWire } from "../sdk/game/wire.ts";
import { createClient } from "../sdk/node/index.ts";
import {
  deliveredLines,
  discard,
  flushAll,
  newData,
  type RunningStack,
  startStack,
  stopStack,
  until,
} from "./stack.ts";

/** What passed between an SDK and the collector. */
interface Exchange {
  /** What the SDK named its request, and the how-manieth attempt it said that this was. */
  sent: string | null;
  attempt: string | null;
  status: number;
  /** What the answer named it: in its header and in its body. */
  answered: string | null;
  inBody: string | undefined;
}

let stack: RunningStack;
let relay: Server;
let relayUrl: string;
const exchanges: Exchange[] = [];
let outages = 0;

beforeAll(async () => {
  stack = await startStack(await newData(), 0);
  relay = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? "", relayUrl);
    const header = (name: string) =>
      typeof request.headers[name] === "string" ? request.headers[name] : null;
    const sent = header("x-request-id") ?? searchParams.get("request_id");
    const attempt = header("x-attempt") ?? searchParams.get("attempt");
    const body = await buffer(request);
    if (outages-- > 0) {
      exchanges.push({ sent, attempt, status: 503, answered: null, inBody: undefined });
      response.writeHead(503).end();
      return;
    }
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === "string" && !["host", "connection", "content-length"].includes(name)
        ? [[name, value]]
        : [],
    );
    const answer = await fetch(stack.url + request.url, {
      method: "POST",
      body,
      headers: Object.fromEntries(headers),
    });
    const text = await answer.text();
    const { request_id: inBody } = JSON.parse(text);
    exchanges.push({
      sent,
      attempt,
      status: answer.status,
      answered: answer.headers.get("X-Request-Id"),
      inBody,
    });
    response.writeHead(answer.status, { "Content-Type": "application/json" }).end(text);
  });
  await once(relay.listen(0, "127.0.0.1"), "listening");
  relayUrl = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
});

afterAll(async () => {
  relay.close();
  await stopStack(stack);
  await discard(stack);
});

const PRODUCT = { product_id: "coins", product_name: "Coins", currency: "USD", store: "app_store" } as const;

/** The delivered lines of one request, by what they are of. */
async function linesOf(requestId: string) {
  await flushAll(stack);
  const lines = [...(await deliveredLines(stack)), ...(await deliveredLines(stack, "rejected"))];
  return lines
    .filter(({ request_id }) => request_id === requestId)
    .map(({ record_type, event_type }) => [record_type, event_type]);
}

/** The request's lines in the Worker's log. */
const logOf = (requestId: string) =>
  until("the request is in the log", async () => {
    const text = await readFile(join(stack.data, "worker.log"), "utf8");
    const found = text
      .split("\n")
      .flatMap((line) => (line.includes(requestId) ? [line.slice(line.indexOf("{"))] : []));
    return found.length > 0 ? found.map((line) => JSON.parse(line)) : undefined;
  });

it("a batch keeps its name from a server's SDK, through an attempt that failed, to the answer, the log and what is delivered", async () => {
  const client = createClient({
    url: relayUrl,
    key: stack.keys.server,
    platform: "web",
    appVersion: "1",
    userId: "followed",
  });
  outages = 1;
  client.track("fine");
  client.purchase({ ...PRODUCT, price: "a lot" });
  await client.close();

  const [first, second, ...more] = exchanges.splice(0);
  const id = first?.sent ?? "";
  expect(id).toMatch(/^[\w-]{36}$/);
  expect(first).toEqual({ sent: id, attempt: "1", status: 503, answered: null, inBody: undefined });
  expect(second).toEqual({ sent: id, attempt: "2", status: 202, answered: id, inBody: id });
  expect(more).toEqual([]);
  expect(await logOf(id)).toEqual([
    expect.objectContaining({ event: "request", request_id: id, attempt: 2, accepted: 1, rejected: 1 }),
  ]);
  expect(await linesOf(id)).toEqual([
    ["event", "custom"],
    ["rejected", "purchase"],
  ]);
});

it("so does one of a game's, which names it in the query: a browser would have to ask before it sends a header", async () => {
  const id = crypto.randomUUID();
  const wire = createGameWire({ url: relayUrl, key: stack.keys.write });
  const common = { user_id: "followed", session_id: "s", platform: "web", app_version: "1" };
  const events = [{ event_type: "custom", name: "fine" }, { event_type: "purchase" }];
  const body = JSON.stringify({ events, defaults: { ...common, timestamp: new Date().toISOString() } });
  const abort = new AbortController();
  await wire.post({ body, bytes: body.length, requestId: id, attempt: 1, keepalive: false, abort });

  expect(exchanges.splice(0)).toEqual([{ sent: id, attempt: "1", status: 202, answered: id, inBody: id }]);
  expect(await logOf(id)).toEqual([expect.objectContaining({ request_id: id, accepted: 1, rejected: 1 })]);
  expect(await linesOf(id)).toEqual([
    ["event", "custom"],
    ["rejected", "purchase"],
  ]);
});
