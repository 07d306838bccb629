import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { FirehoseClient, PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import * as z from "zod";
import { eventSchema } from "../../worker/events/schemas.ts";
import { MAX_RECORDS_PER_CALL } from "../../worker/firehose/limits.ts";
import type { PrototypeSettings, PrototypeStats } from "./settings.ts";

// The design that Playtrail replaces, built for Node: one process, which checks each event, keeps it in a list in memory, answers 200, and
// sends the list to Firehose in the background, one record an event. The schemas are Playtrail's own. The originals were Python (FastAPI or
// Flask, pydantic, boto3); here it is bare `node:http`, because a slower framework would only flatter Playtrail. It remembers no ids.

const FLUSH_INTERVAL_MS = 1_000;
const RETRY_MS = 200;

const { port, apiKey, firehose } = JSON.parse(process.argv[2] ?? "") as PrototypeSettings;
const client = new FirehoseClient({
  endpoint: firehose.url,
  region: firehose.region,
  credentials: firehose.credentials,
});
const bodySchema = z.union([z.array(eventSchema).min(1).max(500), eventSchema.transform((event) => [event])]);

const waiting: Uint8Array[] = [];
let delivered = 0;
let isFlushing = false;

createServer((request, response) => {
  answer(request, response).catch(() => send(response, 400, { error: "the body cannot be read" }));
}).listen(port, "127.0.0.1", () => process.send?.("listening"));
setInterval(flush, FLUSH_INTERVAL_MS);
process.on("disconnect", () => process.exit());

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "GET" && request.url === "/stats") {
    return send(response, 200, { waiting: waiting.length, delivered } satisfies PrototypeStats);
  }
  if (request.headers.authorization !== `Bearer ${apiKey}`)
    return send(response, 401, { error: "wrong key" });
  const parsed = bodySchema.safeParse(JSON.parse(await text(request)));
  if (!parsed.success) return send(response, 422, { error: parsed.error.issues });
  take(parsed.data);
  // Playtrail's field names: the load generator checks both alike.
  send(response, 200, { accepted: parsed.data.length, results: [] });
}

function take(events: z.infer<typeof eventSchema>[]): void {
  // `record_type` as in Playtrail's lines: the same eye counts both where they arrive.
  const added = { record_type: "event", received_at: new Date().toISOString() };
  for (const event of events) waiting.push(Buffer.from(`${JSON.stringify({ ...event, ...added })}\n`));
  if (waiting.length >= MAX_RECORDS_PER_CALL) void flush();
}

/** Sends what waits now, a call after the other. Events stay in the list until Firehose has taken them. */
async function flush(): Promise<void> {
  if (isFlushing) return;
  isFlushing = true;
  for (let due = waiting.length; due > 0; due -= MAX_RECORDS_PER_CALL) {
    await deliver(waiting.slice(0, Math.min(due, MAX_RECORDS_PER_CALL)));
  }
  isFlushing = false;
}

async function deliver(records: Uint8Array[]): Promise<void> {
  try {
    const { RequestResponses = [] } = await client.send(
      new PutRecordBatchCommand({
        DeliveryStreamName: firehose.stream,
        Records: records.map((Data) => ({ Data })),
      }),
    );
    const refused = records.filter((_, index) => RequestResponses[index]?.RecordId === undefined);
    waiting.splice(0, records.length, ...refused);
    delivered += records.length - refused.length;
  } catch {
    await sleep(RETRY_MS); // after three attempts of the AWS SDK's own
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
