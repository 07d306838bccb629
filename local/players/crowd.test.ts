import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Envelope, IngestAnswer } from "../../sdk/events.ts";
import { startCrowd } from "./crowd.ts";

let collector: Server;
let url: string;
let received: number;

/** A collector that accepts all but the first event that it ever meets. */
beforeEach(async () => {
  received = 0;
  collector = createServer(async (request, response) => {
    const envelope = await readEnvelope(request);
    const first = received === 0;
    received += envelope.events.length;
    const answer: IngestAnswer = {
      request_id: "r",
      received_at: new Date().toISOString(),
      accepted: envelope.events.length - (first ? 1 : 0),
      duplicates: 0,
      rejected: first ? 1 : 0,
      retry: 0,
      results: first ? [{ index: 0, event_id: null, status: "rejected", errors: [] }] : [],
    };
    response.writeHead(202, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  collector.listen(0, "127.0.0.1");
  await once(collector, "listening");
  url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});

afterEach(() => {
  collector.closeAllConnections();
  collector.close();
});

async function readEnvelope(request: IncomingMessage): Promise<Envelope> {
  const body = Buffer.concat(await request.toArray());
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  return JSON.parse((isGzip ? gunzipSync(body) : body).toString());
}

test("players send what they do, stop when told, and every event is accounted for", async () => {
  const crowd = startCrowd({ count: 3, url, key: "a-write-key" });
  await expect.poll(() => crowd.totals().accepted, { timeout: 10_000 }).toBeGreaterThan(10);
  await crowd.stop();
  expect(crowd.totals()).toEqual({ tracked: received, accepted: received - 1, rejected: 1, dropped: 0 });
  expect(received).toBeGreaterThan(10);
});

test("no players do nothing", async () => {
  const crowd = startCrowd({ count: 0, url, key: "a-write-key" });
  await crowd.stop();
  expect(crowd.totals()).toEqual({ tracked: 0, accepted: 0, rejected: 0, dropped: 0 });
});
