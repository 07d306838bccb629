import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { TestProject } from "vitest/node";

/** How a feed answers. */
export interface FeedAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** How the body is written. Default UTF-8. */
  encoding?: "utf8" | "latin1";
  /** After the body: nothing more, silence with the connection held open, or spaces without end. */
  ending?: "end" | "silence" | "flood";
}

const FLOOD = Buffer.alloc(64 * 1024, " ");

/** A server of feeds, for the Worker's own tests: `PUT /<any path>` says what `GET` of the path answers, 404 before that. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const answers = new Map<string | undefined, FeedAnswer>();
  const server = createServer(async (request, response) => {
    if (request.method === "PUT") {
      answers.set(request.url, JSON.parse(await text(request)));
      response.end();
    } else {
      answer(response, answers.get(request.url) ?? { status: 404 });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  project.provide("feeds", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
}

function answer(
  response: ServerResponse,
  { status = 200, headers, body = "", encoding = "utf8", ending = "end" }: FeedAnswer,
) {
  response.writeHead(status, headers);
  switch (ending) {
    case "end":
      response.end(body, encoding);
      break;
    case "silence":
      response.write(body, encoding);
      break;
    case "flood":
      response.write(body, encoding);
      pour(response);
  }
}

function pour(response: ServerResponse): void {
  if (response.destroyed) return;
  while (response.write(FLOOD));
  response.once("drain", () => pour(response));
}
