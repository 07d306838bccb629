import { connect, type Socket } from "node:net";

// A process of its own, as the load is: many clients of a tail, that do as little as they can, so that what is measured is the collector.

/** How clients behave: they acknowledge each frame, or read nothing at all, as one whose network hangs. */
export type Behaviour = "acking" | "never_reading";

/** Which tails to open. */
export interface TailJob {
  /** `http://127.0.0.1:41233` */
  url: string;
  path: string;
  key: string;
  clients: number;
  behaviour: Behaviour;
}

/** What the clients saw so far. */
export interface TailSeen {
  /** Sockets that are open still. */
  open: number;
  frames: number;
  bytes: number;
}

/** `open` is answered once all tails are, `look` and `close` with what they saw. */
export type TailCommand = { kind: "open"; job: TailJob } | { kind: "look" } | { kind: "close" };

const sockets = new Set<Socket>();
const seen = { frames: 0, bytes: 0 };

process.on("message", async (command: TailCommand) => {
  switch (command.kind) {
    case "open":
      Object.assign(seen, { frames: 0, bytes: 0 });
      await Promise.all(Array.from({ length: command.job.clients }, () => open(command.job)));
      break;
    case "look":
      break;
    case "close":
      for (const socket of sockets) socket.destroy();
  }
  const answer: TailSeen = { open: sockets.size, ...seen };
  process.send?.(answer);
});

/** By hand rather than with a library's client: one that never reads must leave its bytes in the network. */
function open({ url, path, key, behaviour }: TailJob): Promise<void> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
  socket.on("error", () => socket.destroy());
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nAuthorization: Bearer ${key}\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  return new Promise((resolve, reject) => {
    socket.once("close", reject);
    socket.once("data", (head) => {
      if (!head.toString("latin1").startsWith("HTTP/1.1 101")) return reject(new Error(head.toString()));
      if (behaviour === "never_reading") socket.pause();
      else acknowledge(socket);
      resolve();
    });
  });
}

const FRAME_NUMBER = /^\{"n":(\d+)/;

/** Reads frames, https://www.rfc-editor.org/rfc/rfc6455#section-5.2, and answers each with its number. */
function acknowledge(socket: Socket): void {
  let waiting = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    for (let frame = frameIn(waiting); frame !== undefined; frame = frameIn(waiting)) {
      const n = FRAME_NUMBER.exec(waiting.toString("latin1", frame.start, frame.start + 24))?.[1];
      if (n !== undefined) socket.write(maskedText(`{"ack":${n}}`));
      seen.frames++;
      seen.bytes += frame.end - frame.start;
      waiting = waiting.subarray(frame.end);
    }
  });
}

/** Where the first frame's text stands, where all of it is there. */
function frameIn(bytes: Buffer): { start: number; end: number } | undefined {
  const short = bytes.length < 2 ? 0 : bytes.readUInt8(1) & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length =
    short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  const end = start + length;
  return bytes.length < end ? undefined : { start, end };
}

/** A client must mask what it sends; a mask of zeroes is one. */
function maskedText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
