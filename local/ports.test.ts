import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { findPort } from "./ports.ts";

test("port 0 finds a free port, which can then be asked for", async () => {
  const port = await findPort(0, "--port");
  expect(await findPort(port, "--port")).toBe(port);
});

test("a taken port is named with its flag", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await expect(findPort(port, "--firehose-port")).rejects.toThrow(
    `port ${port} is in use: stop what listens there, or pass another --firehose-port (0 for any free one)`,
  );
});
