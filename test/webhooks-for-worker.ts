import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { TestProject } from "vitest/node";

/** How a webhook answers. */
export interface WebhookAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Nothing at all, with the connection held open. */
  isSilent?: boolean;
}

/** What a webhook was sent, taken or not. */
export interface Received {
  headers: Record<string, string>;
  body: string;
}

/**
 * A server of webhooks, for the Worker's own tests: `PUT /<any path>` says what `POST` of the path answers, 200 before that; `GET` of it
 * tells what was posted so far.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const answers = new Map<string | undefined, WebhookAnswer>();
  const received = new Map<string | undefined, Received[]>();
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const body = await text(request);
    switch (method) {
      case "PUT":
        answers.set(url, JSON.parse(body));
        response.end();
        break;
      case "POST":
        received.set(url, [
          ...(received.get(url) ?? []),
          { headers: headers as Record<string, string>, body },
        ]);
        answer(response, answers.get(url) ?? {});
        break;
      default:
        response.end(JSON.stringify(received.get(url) ?? []));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  project.provide("webhooks", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
}

function answer(response: ServerResponse, { status = 200, headers, isSilent = false }: WebhookAnswer): void {
  if (isSilent) return;
  response.writeHead(status, headers);
  response.end("ok");
}
