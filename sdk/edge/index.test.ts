import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { makeDirectory, removeDirectory } from "../../bench/scratch.ts";
import { type RunningWorker, startWorker } from "../../bench/workerd.ts";
import { type Collector, judge, startCollector } from "../core/testing.ts";

/** A Worker that reports `?events=` events of each request, and answers before they are sent. */
const WORKER = `
  import { createClient } from ${JSON.stringify(fileURLToPath(new URL("index.ts", import.meta.url)))};

  export default {
    async fetch(request, env, ctx) {
      const { searchParams } = new URL(request.url);
      const client = createClient({ url: env.COLLECTOR, key: "key-of-a-test", appVersion: "1.4.0" });
      const player = client.forUser("player-7", "session-1");
      for (let n = 1; n <= searchParams.get("events"); n++) player.track("tick", { n });
      const closed = client.close(Number(searchParams.get("closeMs") ?? 5_000));
      ctx.waitUntil(closed);
      return Response.json(searchParams.has("wait") ? await closed : {});
    },
  };`;

let collector: Collector;
let worker: RunningWorker;
const directory = makeDirectory();

beforeAll(async () => {
  collector = await startCollector();
  writeFileSync(`${directory}/worker.js`, WORKER);
  worker = await startWorker({
    entry: `${directory}/worker.js`,
    compatibilityDate: "2024-01-01", // and no flag: nothing of Node
    vars: { COLLECTOR: collector.url },
    objects: {},
  });
});

afterEach(() => {
  collector.requests.length = 0;
  collector.react = (received) => judge(received);
});

afterAll(async () => {
  await worker?.stop();
  collector.close();
  removeDirectory(directory);
});

test("a Worker's events are delivered after it has answered", async () => {
  const response = await fetch(`${worker.url}?events=300`);
  expect(response.status).toBe(200);
  const { headers, envelope } = await collector.received(1);
  expect(headers["content-encoding"]).toBe("gzip");
  expect(envelope.defaults).toMatchObject({ platform: "server", app_version: "1.4.0" });
  expect(envelope.events).toHaveLength(300);
  expect(envelope.events[299]).toMatchObject({
    user_id: "player-7",
    session_id: "session-1",
    properties: { n: 300 },
  });
});

test("close() says what became of them, through a failure too", async () => {
  let requests = 0;
  collector.react = (received) => (++requests === 1 ? { status: 503 } : judge(received));
  const response = await fetch(`${worker.url}?events=1200&wait`);
  expect(await response.json()).toEqual({ sent: 1_200, dropped: 0, pending: 0 });
});

test("close() holds a Worker up no longer than it is told", async () => {
  collector.react = () => "hang";
  const response = await fetch(`${worker.url}?events=10&wait&closeMs=100`);
  expect(await response.json()).toEqual({ sent: 0, dropped: 0, pending: 10 });
});
