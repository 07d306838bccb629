import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FirehoseClient, PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../sdk/node/index.ts";
import {
  deliveredLines,
  discard,
  flushAll,
  type Line,
  newData,
  post,
  queueStats,
  type RunningStack,
  startStack,
  stopStack,
  until,
} from "./stack.ts";

let stack: RunningStack;

beforeAll(async () => {
  stack = await startStack(await newData(), 3);
});

afterAll(async () => {
  expect(await stopStack(stack)).toBe(0);
  await expect(fetch(`${stack.url}/health`)).rejects.toThrow();
  await discard(stack);
});

const idsOf = (lines: Line[]) => lines.map(({ event_id }) => event_id);

const lineOf = (userId: string) =>
  until(`an event of ${userId} is delivered`, async () => {
    await flushAll(stack);
    return (await deliveredLines(stack)).find(({ user_id }) => user_id === userId);
  });

describe("the stack", () => {
  it("delivers what its players send: many types, each event once, none rejected", async () => {
    const lines = await until("several types of event are delivered", async () => {
      const delivered = await deliveredLines(stack);
      return new Set(delivered.map(({ event_type }) => event_type)).size >= 6 ? delivered : undefined;
    });
    expect(new Set(idsOf(lines)).size).toBe(lines.length);
    for (const line of lines) {
      expect(line).toMatchObject({
        record_type: "event",
        game_id: stack.game,
        collector: expect.stringMatching(/^playtrail\//),
      });
    }
    expect((await queueStats(stack)).totals).toMatchObject({ rejected: 0, dead_lettered: 0 });
  });

  it("delivers exchange rates for whatever its players pay in, beside their events", async () => {
    const lines = await until("the rates are delivered", async () => {
      await fetch(`${stack.firehose}/__flush`, { method: "POST" });
      const delivered = await deliveredLines(stack, "exchange_rate");
      return delivered.length > 0 ? delivered : undefined;
    });
    const currencies = lines.map(({ currency }) => currency);
    expect(new Set(currencies).size).toBe(currencies.length);
    expect(currencies).toEqual(expect.arrayContaining(["EUR", "GBP", "JPY", "BRL", "KWD"]));
    expect(lines.find(({ currency }) => currency === "EUR")).toEqual({
      currency: "EUR",
      usd_per_unit: "1.156200000000",
      valid_from: expect.stringMatching(/^\d{4}-\d\d-\d\dT00:00:00\.000Z$/),
      source: "127.0.0.1",
      record_type: "exchange_rate",
      ingestion_timestamp: expect.any(String),
      collector: expect.stringMatching(/^playtrail\//),
      request_id: expect.any(String),
    });
  });

  it("takes the prototype's install and purchase by curl, and lands them with all their fields", async () => {
    const common = {
      game_id: stack.game,
      platform: "ios",
      app_version: "1.2.0",
      session_id: "session_abc123",
    };
    const install = {
      event_type: "install",
      user_id: "user_12345",
      ...common,
      source: "organic",
      country: "US",
    };
    const purchase = {
      event_type: "purchase",
      user_id: "user_12346",
      ...common,
      product_id: "coin_pack_1000",
      product_name: "1000 Gold Coins",
      price: 4.99,
      currency: "USD",
      store: "app_store",
    };
    expect([(await post(stack, install)).status, (await post(stack, purchase)).status]).toEqual([202, 202]);
    expect(await lineOf("user_12345")).toMatchObject(install);
    expect(await lineOf("user_12346")).toMatchObject({ ...purchase, price: "4.99", quantity: 1 });
  });

  it("takes events from the SDK, and delivers each as it was tracked", async () => {
    const client = createClient({
      url: stack.url,
      key: stack.keys.write,
      platform: "web",
      appVersion: "2.0",
      userId: "sdk_user",
    });
    client.purchase({
      product_id: "p",
      product_name: "P",
      price: "650",
      currency: "JPY",
      store: "steam",
      country: "JP",
    });
    await client.flush();
    expect(await lineOf("sdk_user")).toMatchObject({
      event_type: "purchase",
      seq: 1,
      price: "650",
      currency: "JPY",
      country: "JP",
      app_version: "2.0",
    });
    expect(await client.close()).toEqual({ sent: 1, dropped: 0, pending: 0 });
  });

  it("keeps its secrets to itself", async () => {
    const log = await readFile(join(stack.data, "worker.log"), "utf8");
    const secrets = JSON.parse(await readFile(join(stack.data, "secrets.json"), "utf8")) as Record<
      string,
      string
    >;
    for (const secret of [...Object.values(secrets), ...Object.values(stack.keys), "sdk_user"])
      expect(log).not.toContain(secret);
    expect(log).toContain('"route":"/v1/games/:game/queue/flush"');
  });

  it("speaks Firehose's language to AWS's own client, and only with the right signature", async () => {
    const secrets = JSON.parse(await readFile(join(stack.data, "secrets.json"), "utf8"));
    const client = (secretAccessKey: string) =>
      new FirehoseClient({
        endpoint: stack.firehose,
        region: "us-east-1",
        credentials: { accessKeyId: secrets.AWS_ACCESS_KEY_ID, secretAccessKey },
      });
    const batch = (text: string) =>
      new PutRecordBatchCommand({
        DeliveryStreamName: "playtrail-events",
        Records: [{ Data: Buffer.from(text) }],
      });

    const line = JSON.stringify({
      event_id: crypto.randomUUID(),
      user_id: "aws_client",
      record_type: "event",
    });
    expect(await client(secrets.AWS_SECRET_ACCESS_KEY).send(batch(`${line}\n`))).toMatchObject({
      FailedPutCount: 0,
    });
    expect(await lineOf("aws_client")).toEqual(JSON.parse(line));
    await expect(client("wrong").send(batch("{}\n"))).rejects.toMatchObject({
      name: "InvalidSignatureException",
    });
  });
});
