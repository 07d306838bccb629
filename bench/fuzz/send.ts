import { Agent, request as openRequest } from "node:http";
import type { FuzzRequest } from "./request.ts";

/** What came back. */
export interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  text: string;
}

/** Longer than any answer takes; what comes later is a finding. */
const TIMEOUT_MS = 30_000;

/** Sends requests as they are: `fetch` would mend paths and refuse headers. */
export class Sender {
  readonly #url: URL;
  readonly #agent: Agent;

  constructor(url: string, connections: number) {
    this.#url = new URL(url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Rejects where no answer comes. */
  send({ method, path, headers, body }: FuzzRequest): Promise<Answer> {
    const { hostname, port, host } = this.#url;
    const length = body === undefined ? [] : lengthOf(body);
    const lines = [["Host", host], ...length, ...headers].flat() as string[];
    return new Promise((resolve, reject) => {
      const request = openRequest({
        agent: this.#agent,
        hostname,
        port,
        method,
        path,
        headers: lines,
        timeout: TIMEOUT_MS,
      });
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => resolve(answerOf(response, Buffer.concat(chunks).toString())));
      });
      request.on("upgrade", (response, socket) => {
        socket.destroy();
        resolve(answerOf(response, ""));
      });
      request.on("timeout", () => request.destroy(new Error("no answer came in time")));
      request.on("error", reject);
      request.end(body?.bytes);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function lengthOf({ bytes, isChunked }: NonNullable<FuzzRequest["body"]>): [string, string] {
  return isChunked ? ["Transfer-Encoding", "chunked"] : ["Content-Length", String(bytes.byteLength)];
}

type Raw = { statusCode?: number; headers: Record<string, string | string[] | undefined> };

function answerOf({ statusCode = 0, headers }: Raw, text: string): Answer {
  const single = Object.entries(headers).map(([name, value]) => [name, value?.toString()]);
  return { status: statusCode, headers: Object.fromEntries(single), text };
}
