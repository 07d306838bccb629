import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { createFirehose, type Firehose } from "../local/firehose/server.ts";

/** What the Worker's tests sign with. */
export const CREDENTIALS = { accessKeyId: "AKIATEST", secretAccessKey: "a-secret-of-the-test-suite" };

/**
 * Firehoses that verify signatures, for the Worker's own tests: each request starts one and answers its address. A test file has its own, since
 * the faults that it plants and the events that it counts are all of a Firehose's.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const data = await mkdtemp(join(tmpdir(), "playtrail-firehose-"));
  const firehoses: Promise<Firehose>[] = [];
  const starter = createServer(async (_, response) => {
    const firehose = createFirehose({
      port: 0,
      data: join(data, `${firehoses.length}`),
      stream: "playtrail-events",
      region: "us-east-1",
      credentials: CREDENTIALS,
    });
    firehoses.push(firehose);
    response.end((await firehose).url);
  });
  starter.listen(0, "127.0.0.1");
  await once(starter, "listening");
  project.provide("firehoses", `http://127.0.0.1:${(starter.address() as AddressInfo).port}`);
  return async () => {
    const closed = once(starter, "close");
    starter.close();
    starter.closeAllConnections();
    await closed;
    await Promise.all(firehoses.map(async (firehose) => (await firehose).close()));
    await rm(data, { recursive: true });
  };
}
