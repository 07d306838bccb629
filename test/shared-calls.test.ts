import http from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestHarness } from "wrangler";
import type { IngestAnswer } from "../sdk/events.ts";
import { mintKey } from "../worker/auth/keys.ts";

// Not beside the code: the Worker's tests run in workerd with promises that no other request may settle, so nothing is shared there.

const SECRET = "the-secret-of-the-tests-of-shared-calls";
const GAME = "crowded_game";

const server = createTestHarness({
  workers: [
    {
      configPath: "wrangler.toml",
      vars: { FIREHOSE_ENDPOINT: "http://127.0.0.1:9", FLUSH_INTERVAL_MS: "600000" },
      secrets: { KEY_SECRETS: SECRET, AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" },
    },
  ],
});
let url: URL;
let key: string;

beforeAll(async () => {
  url = new URL("/v1/events", (await server.listen()).url);
  key = await mintKey({ game: GAME, role: "write" }, SECRET);
});
afterAll(() => server.close());

const anEvent = (fields: Record<string, unknown> = {}) => ({
  event_id: crypto.randomUUID(),
  event_type: "custom",
  name: "n",
  user_id: "u",
  session_id: "s",
  platform: "web",
  app_version: "1",
  timestamp: new Date().toISOString(),
  ...fields,
});

const headers = () => ({ Authorization: `Bearer ${key}`, "Content-Type": "application/json" });

const post = (events: unknown[]) =>
  fetch(url, { method: "POST", headers: headers(), body: JSON.stringify(events) });

const answerTo = async (events: unknown[]) => (await (await post(events)).json()) as IngestAnswer;

/** Sends events and hangs up before the answer comes. */
const hangUp = (events: unknown[], afterMs: number) =>
  new Promise<void>((resolve) => {
    const request = http.request(url, { method: "POST", headers: headers() });
    request.on("error", () => resolve());
    request.on("close", () => resolve());
    request.end(JSON.stringify(events));
    setTimeout(() => request.destroy(), afterMs);
  });

const atOnce = <Result>(count: number, one: (n: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, n) => one(n)));

describe("requests that come at the same time", () => {
  it("are each answered for their own events", async () => {
    const known = anEvent();
    await post([known]);
    await atOnce(80, async (n) => {
      const events = Array.from({ length: n % 7 }, () => anEvent());
      const odd = n % 2 === 0 ? known : anEvent({ name: "" });
      const { accepted, results } = await answerTo([...events, odd]);
      const status = n % 2 === 0 ? "duplicate" : "rejected";
      expect([accepted, results]).toMatchObject([
        events.length,
        [{ index: events.length, event_id: odd.event_id, status }],
      ]);
    });
  });

  it("lose nothing where the client of one of them hangs up", async () => {
    const answers = await atOnce(80, async (n) => {
      const events = [anEvent(), anEvent()];
      if (n % 3 === 0) return hangUp(events, n / 8);
      return answerTo(events);
    });
    const kept = answers.filter((answer) => answer !== undefined);
    expect(kept).toHaveLength(53);
    for (const { accepted, results } of kept) expect([accepted, results]).toEqual([2, []]);
  });

  it("wait for none whose body does not end, and nothing of that is taken", async () => {
    const slow = Array.from({ length: 50 }, () => {
      const request = http.request(url, {
        method: "POST",
        headers: { ...headers(), "Content-Length": "5000" },
      });
      request.on("error", () => {});
      request.write(JSON.stringify(anEvent()).slice(0, -1));
      return request;
    });
    const answers = await atOnce(20, () => answerTo([anEvent()]));
    expect(answers.map(({ accepted }) => accepted)).toEqual(new Array(20).fill(1));
    for (const request of slow) request.destroy();
  });

  it("all hear it where the queue cannot take them, and none after them", async () => {
    const sql = await server.getWorker().getDurableObjectStorage("GameQueue", { name: `${GAME}/enam/0` });
    await sql.exec("ALTER TABLE outbox RENAME TO lost");
    const refused = await atOnce(20, () => post([anEvent()]));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    await sql.exec("ALTER TABLE lost RENAME TO outbox");
    expect(await atOnce(20, () => answerTo([anEvent()]))).toMatchObject(new Array(20).fill({ accepted: 1 }));
  });
});
