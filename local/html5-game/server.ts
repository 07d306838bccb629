import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const DIRECTORY = join(import.meta.dirname, "..", "..", "examples", "html5-game");
const MEDIA_TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};
/** What stands in the game's page where a studio writes its own. */
const PLACEHOLDERS = { url: "https://events.example.com", key: "YOUR_WRITE_KEY" };

/** A running site with the example game. */
export interface GameSite {
  url: string;
  close(): Promise<void>;
}

export interface GameSiteOptions {
  /** Where on 127.0.0.1 to listen; 0 picks a free port. */
  port: number;
  /** The collector's address, which the page loads the SDK from and sends to. */
  collector: string;
  /** A `write` key. Whoever opens the page can read it, as with every game. */
  key: string;
}

/** Serves `examples/html5-game` on an origin of its own, as a studio would; files are read anew for each request, so that a change shows on reload. */
export async function serveGame({ port, collector, key }: GameSiteOptions): Promise<GameSite> {
  const names = (await readdir(DIRECTORY)).filter((name) => extname(name) in MEDIA_TYPES);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://game");
    const name = pathname === "/" ? "index.html" : pathname.slice(1);
    if (!names.includes(name)) {
      response.writeHead(404).end();
      return;
    }
    const text = await readFile(join(DIRECTORY, name), "utf8");
    const isPage = extname(name) === ".html";
    response.writeHead(200, {
      "Content-Type": MEDIA_TYPES[extname(name)],
      "Content-Security-Policy": policy(collector),
      "Cache-Control": "no-cache",
    });
    response.end(
      isPage ? text.replaceAll(PLACEHOLDERS.url, collector).replaceAll(PLACEHOLDERS.key, key) : text,
    );
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** All that a game with the SDK needs: its own files, the script of the collector, and leave to send to it. */
function policy(collector: string): string {
  return [
    "default-src 'self'",
    `script-src 'self' ${collector}`,
    `connect-src ${collector}`,
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
