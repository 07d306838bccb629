import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const SAMPLE = join(import.meta.dirname, "sample.xml");
const DAY_MS = 24 * 60 * 60 * 1000;

/** A running source of exchange rates. */
export interface Rates {
  /** What `FX_RATES_URL` is set to. */
  url: string;
  close(): Promise<void>;
}

/** Serves the sample of exchange rates on a free port of 127.0.0.1, as if published the day before: in force when the first event comes. */
export async function serveRates(): Promise<Rates> {
  const sample = await readFile(SAMPLE, "utf8");
  const server = createServer((_, response) => {
    const yesterday = new Date(Date.now() - DAY_MS).toISOString().slice(0, "2026-11-20".length);
    response.writeHead(200, { "content-type": "text/xml; charset=utf-8" });
    response.end(sample.replace(/time='[^']*'/, `time='${yesterday}'`));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sample.xml`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
