import { expect, it } from "vitest";
import { createClient } from "../sdk/node/index.ts";
import {
  deliveredLines,
  discard,
  flushAll,
  killStack,
  newData,
  post,
  startStack,
  stopStack,
  until,
} from "./stack.ts";

const anEvent = (n: number) => ({
  event_id: crypto.randomUUID(),
  event_type: "custom",
  name: "n",
  value: n,
  user_id: "u",
  session_id: "s",
  platform: "web",
  app_version: "1",
  timestamp: new Date().toISOString(),
});

it("what was acknowledged outlives kill -9, and is delivered once: the stack goes on where it was", async () => {
  const data = await newData();
  const before = await startStack(data, 0);
  await fetch(`${before.firehose}/__faults`, {
    method: "POST",
    body: JSON.stringify({ mode: "unavailable" }),
  });

  const acknowledged: string[] = [];
  let isAlive = true;
  const send = async () => {
    while (isAlive) {
      const events = Array.from({ length: 20 }, (_, n) => anEvent(n));
      const response = await post(before, events).catch(() => undefined);
      if (response?.status === 202) acknowledged.push(...events.map(({ event_id }) => event_id));
    }
  };
  const senders = Array.from({ length: 8 }, send);
  await until("enough is acknowledged", async () => acknowledged.length > 1_000 || undefined);
  await killStack(before);
  isAlive = false;
  await Promise.all(senders);

  const after = await startStack(data, 0);
  expect(after.keys).not.toEqual(before.keys);
  const known = await post(
    { ...after, keys: before.keys },
    acknowledged.slice(0, 500).map((event_id) => ({ ...anEvent(0), event_id })),
  );
  expect(await known.json()).toMatchObject({ accepted: 0, duplicates: 500 });

  const { depth, dead_letters, totals } = await until("all is delivered", async () => {
    const stats = await flushAll(after);
    return stats.depth.events === 0 ? stats : undefined;
  });
  expect([depth.events, dead_letters.events]).toEqual([0, 0]);
  const delivered = (await deliveredLines(after)).map(({ event_id }) => event_id);
  expect(new Set(delivered).size).toBe(delivered.length);
  expect(delivered).toEqual(expect.arrayContaining(acknowledged));
  expect(totals.accepted).toBe(totals.delivered);

  expect(await stopStack(after)).toBe(0);
  await discard(after);
});

it("the SDK holds on through an outage of the collector, and loses nothing", async () => {
  const data = await newData();
  const stack = await startStack(data, 0);
  const client = createClient({
    url: stack.url,
    key: stack.keys.write,
    platform: "web",
    appVersion: "1",
    userId: "patient",
  });
  const port = new URL(stack.url).port;
  client.track("before");
  await client.flush();
  await killStack(stack);
  for (let n = 0; n < 100; n++) client.track(`during_${n}`);
  const flushed = client.flush();

  const again = await startStack(data, 0, port);
  await flushed;
  await flushAll(again);
  const names = (await deliveredLines(again))
    .filter(({ user_id }) => user_id === "patient")
    .map(({ name }) => name);
  expect(names.toSorted()).toEqual(
    ["before", ...Array.from({ length: 100 }, (_, n) => `during_${n}`)].toSorted(),
  );
  expect(await client.close()).toEqual({ sent: 101, dropped: 0, pending: 0 });

  expect(await stopStack(again)).toBe(0);
  await discard(again);
});
