import { createScheduledController, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import worker from "../index.ts";
import { queueNamed } from "../queue/shards.ts";
import { anEvent, post } from "../testing/requests.ts";

const alarmOf = (queue: string) =>
  runInDurableObject(queueNamed(env, queue), (_, { storage }) => storage.getAlarm());

it("sets the alarm of a queue that lost it, and leaves those alone that have one or need none", async () => {
  for (const game of ["lost", "armed", "empty"]) await post(anEvent(), { game });
  await queueNamed(env, "empty/enam/0").flush();
  for (const queue of ["lost/enam/0", "empty/enam/0"]) {
    await runInDurableObject(queueNamed(env, queue), (_, { storage }) => storage.deleteAlarm());
  }
  const armedAt = await alarmOf("armed/enam/0");

  await worker.scheduled(createScheduledController(), env);

  expect(await alarmOf("lost/enam/0")).toBeGreaterThan(Date.now());
  expect(await alarmOf("armed/enam/0")).toBe(armedAt);
  expect(await alarmOf("empty/enam/0")).toBe(null);
});
