import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A port on 127.0.0.1 that nobody listens on: `port` itself, or any where that is 0. Throws, naming `flag`, where it is taken. */
export async function findPort(port: number, flag: string): Promise<number> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Error(
      `port ${port} is in use: stop what listens there, or pass another ${flag} (0 for any free one)`,
    );
  }
  const found = (server.address() as AddressInfo).port;
  server.close();
  await once(server, "close");
  return found;
}
