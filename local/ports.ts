import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Systems hand out ports from 32768 (Linux, `ip(7)`) or 49152 (RFC 6335 §6): below, nobody is given one between its finding and its use. */
const ANY_FROM = 20_000;
const ANY_BELOW = 32_768;

/** A port on 127.0.0.1 that nobody listens on: `port` itself, or any where that is 0. Throws, naming `flag`, where it is taken. */
export async function findPort(port: number, flag: string): Promise<number> {
  if (port === 0) return findAnyPort();
  if (await isFree(port)) return port;
  throw new Error(
    `port ${port} is in use: stop what listens there, or pass another ${flag} (0 for any free one)`,
  );
}

async function findAnyPort(): Promise<number> {
  const port = randomInt(ANY_FROM, ANY_BELOW);
  return (await isFree(port)) ? port : findAnyPort();
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
