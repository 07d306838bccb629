import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { discard, newData, post, type RunningStack, startStack, stopStack } from "./stack.ts";

let data: string;
let stack: RunningStack;

beforeAll(async () => {
  data = await newData();
  stack = await startStack(data, 0);
});

afterAll(async () => {
  await stopStack(stack);
  await discard({ data });
});

interface Frame {
  n: number;
  items: { status: string; event: Record<string, unknown> }[];
}

const anEvent = (name: string) => ({
  event_type: "custom",
  name,
  user_id: "user_12345",
  session_id: "session_abc123",
  platform: "web",
  app_version: "1.2.0",
  timestamp: new Date().toISOString(),
});

/** Opens a tail as a page does: the key goes as a protocol. */
async function openTail({ url, game, keys }: RunningStack): Promise<WebSocket> {
  const address = `${url.replace("http", "ws")}/v1/games/${game}/tail`;
  const socket = new WebSocket(address, ["playtrail.tail", `bearer.${keys.read}`]);
  await once(socket, "open");
  return socket;
}

async function nextFrame(socket: WebSocket): Promise<Frame> {
  const [{ data }] = (await once(socket, "message")) as [{ data: string }];
  const frame: Frame = JSON.parse(data);
  socket.send(JSON.stringify({ ack: frame.n }));
  return frame;
}

test("an event is seen in less than a second by who watches, the very first of a game too", async () => {
  const socket = await openTail(stack);
  expect(socket.protocol).toBe("playtrail.tail");
  for (const [index, name] of ["the first", "another", "one more"].entries()) {
    const seen = nextFrame(socket);
    const postedAt = performance.now();
    expect((await post(stack, anEvent(name))).status).toBe(202);
    const { n, items } = await seen;
    expect(performance.now() - postedAt).toBeLessThan(1_000);
    expect([n, items.map(({ status, event }) => [status, event.name])]).toEqual([
      index + 1,
      [["accepted", name]],
    ]);
  }
  const closedAt = performance.now();
  socket.close();
  await once(socket, "close");
  expect(performance.now() - closedAt).toBeLessThan(1_000);
});

test("without a key that may read, a page opens no tail", async () => {
  const { url, game, keys } = stack;
  const address = `${url.replace("http", "ws")}/v1/games/${game}/tail`;
  for (const protocols of [["playtrail.tail"], ["playtrail.tail", `bearer.${keys.write}`]]) {
    const socket = new WebSocket(address, protocols);
    await once(socket, "error");
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  }
});
