import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import type { ClientOptions } from "../sdk/core/types.ts";

/** A site with a game, on an origin of its own. */
export interface GameSite {
  /** A page that makes a client, `game`, and has `play(from, to)`: that reports frames by their numbers. */
  game(options: Partial<ClientOptions>): string;
  /** The same page in a frame that is denied all storage. */
  sandbox(options: Partial<ClientOptions>): string;
  /** The same page on plain http, where browsers withhold Web Locks and more. */
  insecure(options: Partial<ClientOptions>): string;
  /** A page without the SDK. */
  menu: string;
  close(): void;
}

const INSECURE_HOST = "game.test";

const PAGES: Record<string, string> = {
  "/game": `<!doctype html><title>A game</title><script src="/sdk.js"></script><script>
const game = playtrail.createClient(JSON.parse(new URLSearchParams(location.search).get("options")));
const play = (from, to) => { for (let n = from; n <= to; n++) game.track("frame", { n }); };
</script>`,
  "/sandbox": `<!doctype html><title>A portal</title><script>
const frame = document.createElement("iframe");
frame.sandbox = "allow-scripts";
frame.src = "/game" + location.search;
document.documentElement.append(frame);
</script>`,
  "/menu": "<!doctype html><title>A menu</title>",
};

/** Serves the SDK of this tree and pages that use it. `defaults` are options that all clients share. */
export async function startGameSite(defaults: () => Partial<ClientOptions>): Promise<GameSite> {
  const script = await bundleSdk();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://game");
    const isScript = pathname === "/sdk.js";
    response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : PAGES[pathname]);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`; // the loopback counts as secure
  const page = (address: string) => (options: Partial<ClientOptions>) =>
    `${address}?options=${encodeURIComponent(JSON.stringify({ appVersion: "1.4.0", ...defaults(), ...options }))}`;
  return {
    game: page(`${origin}/game`),
    sandbox: page(`${origin}/sandbox`),
    insecure: page(`http://${INSECURE_HOST}:${port}/game`),
    menu: `${origin}/menu`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The SDK as a script tag loads it. */
async function bundleSdk(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../sdk/browser/script.ts", import.meta.url))],
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: "es2020",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // Players' browsers keep a page that was left, and may bring it back as it was.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
    ],
  });
}
