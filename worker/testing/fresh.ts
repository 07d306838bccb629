import { reset } from "cloudflare:test";
import { beforeAll } from "vitest";
import { firehose } from "./queue.ts";

/** Many files of tests share a workerd: each finds its Durable Objects and its Firehose as if it were the first. */
beforeAll(async () => {
  await reset();
  await firehose.fault("none");
});
