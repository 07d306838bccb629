import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll } from "vitest";
import { boardsOf } from "../leaderboards/boards-of.ts";
import { gameOf } from "../queue/game-of.ts";
import { registryOf } from "../queue/registry.ts";
import { queueNamed } from "../queue/shards.ts";
import { operationsOf } from "../schedule/operations.ts";
import { tailOf } from "../tail/tail-of.ts";
import { firehose } from "./queue.ts";

/** Many files of tests share a workerd: each finds its Durable Objects and its Firehose as if it were the first. */
beforeAll(async () => {
  await wakeAll();
  await reset();
  await firehose.fault("none");
});

/** `reset` forgets only what is in memory: of an object that was evicted, or idle for ten seconds, it would leave all that it stored. */
async function wakeAll(): Promise<void> {
  const queues = (await registryOf(env).list()).map(({ name }) => name);
  const games = new Set(queues.map(gameOf));
  await Promise.all([
    wake(operationsOf(env)),
    ...queues.map((name) => wake(queueNamed(env, name))),
    ...[...games].flatMap((game) => [wake(tailOf(env, game)), wake(boardsOf(env, game))]),
  ]);
}

async function wake(object: DurableObjectStub): Promise<void> {
  await runInDurableObject(object, () => undefined);
}
