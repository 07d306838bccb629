import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createDeliveryStream, type Outcome } from "./delivery-stream.ts";
import { FirehoseError } from "./errors.ts";
import { parseFault } from "./faults.ts";
import { openObjectStore } from "./objects.ts";
import { parsePutRecordBatch } from "./put-record-batch.ts";
import { type Credentials, verifySignature } from "./sigv4.ts";
import type { Stats } from "./stats.ts";

export interface FirehoseOptions {
  /** Where on 127.0.0.1 to listen; 0 picks a free port. */
  port: number;
  /** The directory for `firehose/` (what is not yet an object) and `s3/` (objects). One stand-in at a time may use it. */
  data: string;
  /** The one delivery stream that exists. */
  stream: string;
  region: string;
  credentials: Credentials;
  /** An object is written this long after its first record. Default 5,000. */
  bufferMs?: number;
  /** … or as soon as it holds this much. Default 16 MiB. */
  bufferBytes?: number;
  /** What faults are drawn from, 0 to 1. Default Math.random. */
  random?: () => number;
}

/** A running stand-in. */
export interface Firehose {
  /** `http://127.0.0.1:<port>`: the AWS endpoint and, beside it, the controls `/__stats`, `/__faults` and `/__flush`. */
  url: string;
  stats(): FirehoseStats;
  /** Breaks every connection and writes what is buffered. */
  close(): Promise<void>;
}

/** What `GET /__stats` answers. */
export type FirehoseStats = Stats & {
  /** Objects written since the start. */
  objects: number;
};

/** 4 MiB in base64, and room for the JSON around 500 records. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;
/** Longer than clients keep idle connections, so that none is closed under a request on its way. */
const KEEP_ALIVE_MS = 65_000;

/** Starts an Amazon Data Firehose for a laptop. Rejects where the port is taken (`EADDRINUSE`) or the directory unusable. */
export async function createFirehose(options: FirehoseOptions): Promise<Firehose> {
  const { port, data, stream, region, credentials, random = Math.random } = options;
  const { bufferMs = 5_000, bufferBytes = 16 * 1024 * 1024 } = options;
  const store = openObjectStore({ data, stream, bufferMs, bufferBytes });
  const delivery = createDeliveryStream(store, random);
  const stats = () => ({ ...delivery.stats(), objects: store.objects() });

  async function route(request: IncomingMessage): Promise<Outcome> {
    const body = await readBody(request);
    switch (`${request.method} ${request.url}`) {
      case "POST /":
        return delivery.put(authorizedRecords(request, body));
      case "GET /__stats":
        return { kind: "answer", body: stats() };
      case "POST /__faults":
        delivery.setFault(readFault(body));
        return { kind: "answer", body: delivery.fault() };
      case "GET /__faults":
        return { kind: "answer", body: delivery.fault() };
      case "POST /__flush":
        return { kind: "answer", body: { objects: await store.flush() } };
      default:
        throw new FirehoseError(
          "UnknownOperationException",
          `${request.method} ${request.url} is not served.`,
          404,
        );
    }
  }

  function authorizedRecords(request: IncomingMessage, body: Buffer): Buffer[] {
    const headers = flatten(request.headers);
    verifySignature({ headers, body }, credentials, region, new Date());
    const call = parsePutRecordBatch(headers["x-amz-target"], body);
    if (call.stream === stream) return call.records;
    const message = `Firehose ${call.stream} under account 000000000000 not found.`;
    throw new FirehoseError("ResourceNotFoundException", message);
  }

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
    try {
      respond(response, await route(request));
    } catch (error) {
      refuse(response, error);
    }
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  // After the port is ours: another stand-in that holds it may be using the same directory.
  await store.flush();

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stats,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      await store.flush();
    },
  };
}

/** The body, which is read to its end even where it is too large, so that the client sees the answer; only the lawful part is kept. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.byteLength;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) {
    const message = `The body has ${bytes} bytes; at most ${MAX_BODY_BYTES} are read. Send fewer records a call.`;
    throw new FirehoseError("RequestEntityTooLargeException", message, 413);
  }
  return Buffer.concat(chunks);
}

function flatten(headers: IncomingMessage["headers"]): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, value?.toString() ?? ""]);
  return Object.fromEntries(entries);
}

function readFault(body: Buffer) {
  try {
    return parseFault(JSON.parse(body.toString()));
  } catch (error) {
    throw new FirehoseError("ValidationException", error instanceof Error ? error.message : String(error));
  }
}

function respond(response: ServerResponse, outcome: Outcome): void {
  switch (outcome.kind) {
    case "answer":
      send(response, 200, outcome.body);
      break;
    case "broken connection":
      response.destroy();
      break;
    case "silence":
      break; // held open until the client leaves or the server closes
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.req.readableAborted) return; // the client left in mid-request
  if (error instanceof FirehoseError) {
    send(response, error.status, { __type: error.type, message: error.message });
  } else {
    console.error("Firehose stand-in:", error);
    send(response, 500, { __type: "InternalFailure", message: "The stand-in failed; its log says why." });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": randomUUID(),
  });
  response.end(JSON.stringify(body));
}
