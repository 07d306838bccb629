import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { createFirehose } from "../local/firehose/server.ts";

/** What the Worker's tests sign with. */
export const CREDENTIALS = { accessKeyId: "AKIATEST", secretAccessKey: "a-secret-of-the-test-suite" };

/** A Firehose that verifies signatures, for the Worker's own tests: they see it as `FIREHOSE_ENDPOINT`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const data = await mkdtemp(join(tmpdir(), "playtrail-firehose-"));
  const firehose = await createFirehose({
    port: 0,
    data,
    stream: "playtrail-events",
    region: "us-east-1",
    credentials: CREDENTIALS,
  });
  project.provide("firehose", firehose.url);
  return async () => {
    await firehose.close();
    await rm(data, { recursive: true });
  };
}
