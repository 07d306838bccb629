import { readFile, stat } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { createFirehose } from "./firehose/server.ts";
import { refuseSecondStack, removeStackFile, type Stack, stackFile, writeStackFile } from "./stack-file.ts";
import { temporaryDirectory } from "./testing.ts";

function stackAt(firehose: string): Stack {
  return {
    url: "http://127.0.0.1:8787",
    firehose,
    s3: "/data/s3",
    warehouse: "/data/warehouse.duckdb",
    game: "awesome_game",
    game_url: "http://127.0.0.1:8788",
    keys: { write: "w", server: "s", read: "r", admin: "a" },
  };
}

test("the file says what runs, to its owner only, until it is removed", async () => {
  const data = await temporaryDirectory();
  const stack = stackAt("http://127.0.0.1:4573");
  await writeStackFile(data, stack);
  expect(JSON.parse(await readFile(stackFile(data), "utf8"))).toEqual(stack);
  expect((await stat(stackFile(data))).mode & 0o777).toBe(0o600);
  await removeStackFile(data);
  await expect(stat(stackFile(data))).rejects.toThrow("ENOENT");
});

test("a second stack on the same data is refused while the first one runs, and only then", async () => {
  const data = await temporaryDirectory();
  await refuseSecondStack(data);

  const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "test-secret" };
  const firehose = await createFirehose({ port: 0, data, stream: "s", region: "us-east-1", credentials });
  onTestFinished(() => firehose.close());
  await writeStackFile(data, stackAt(firehose.url));
  await expect(refuseSecondStack(data)).rejects.toThrow(
    `${data} is in use by a running stack (its Firehose is ${firehose.url}): stop it, or pass --data`,
  );

  await firehose.close();
  await refuseSecondStack(data); // what a killed stack left behind is no obstacle
});
