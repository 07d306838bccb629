import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { waitUntilReady } from "./readiness.ts";

const READY = { status: "ready", settings: { problems: [] }, queues: { total: 0, stuck: [] } };
const AT_ONCE = { withinMs: 0, pauseMs: 0 };

/** A collector that answers `GET /ready` so, one answer after the other, the last one for ever. */
async function collector(...answers: object[]): Promise<string> {
  const server = createServer((_, response) => {
    const [answer] = answers.length > 1 ? answers.splice(0, 1) : answers;
    response.writeHead(answer === READY ? 200 : 503).end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const stuck = { since: "2026-11-21T12:00:00Z", reason: "ServiceUnavailableException", advice: null };

it("a collector is waited for until it is ready", async () => {
  const starting = { ...READY, queues: { problem: "the registry of queues cannot be reached" } };
  const url = await collector(starting, starting, READY);
  expect(await waitUntilReady(url, { withinMs: 20_000, pauseMs: 0 })).toEqual({ kind: "ready" });
});

it.each<[object, string]>([
  [
    { settings: { problems: ["AWS_REGION must be an AWS region"] }, queues: { total: 0, stuck: [] } },
    "AWS_REGION must be an AWS region: correct it in wrangler.toml, or run setup again",
  ],
  [
    { settings: { problems: [] }, queues: { problem: "the registry of queues cannot be reached" } },
    "the registry of queues cannot be reached: ask again in a minute",
  ],
  [
    {
      settings: { problems: [] },
      queues: { stuck: [{ ...stuck, reason: "AccessDeniedException", advice: "allow it" }] },
    },
    "a queue does not deliver, AccessDeniedException: allow it",
  ],
  [
    { settings: { problems: [] }, queues: { stuck: [stuck] } },
    "a queue does not deliver, ServiceUnavailableException: wait, it mends itself",
  ],
])("one that is not says what is wrong, in words: %j", async (answer, problem) => {
  expect(await waitUntilReady(await collector(answer), AT_ONCE)).toEqual({
    kind: "not_ready",
    problems: [problem],
  });
});
