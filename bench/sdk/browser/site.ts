import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { BrowserContender } from "./contenders.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const OWN_ENTRY = fileURLToPath(new URL("../../../sdk/browser/index.ts", import.meta.url));

/** A site with a game for each contender. */
export interface Site {
  /** A page with one SDK, which sends to this collector. */
  game(contender: BrowserContender, collectorUrl: string): string;
  /** A page without any. */
  menu: string;
  close(): void;
}

/** Serves the games on the loopback. */
export async function startSite(contenders: readonly BrowserContender[]): Promise<Site> {
  const bundles = await Promise.all(
    contenders.map(async (name): Promise<[string, string]> => [`/${name}.js`, await bundle(name)]),
  );
  const scripts = new Map(bundles);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://site");
    const script = scripts.get(pathname);
    response.setHeader("Content-Type", script === undefined ? "text/html" : "text/javascript");
    response.end(script ?? pageOf(pathname));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    game: (contender, collectorUrl) => `${origin}/${contender}?collector=${encodeURIComponent(collectorUrl)}`,
    menu: `${origin}/menu`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function pageOf(pathname: string): string {
  const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>A game</title>';
  return pathname === "/menu" ? head : `${head}<body><script src="${pathname}.js"></script>`;
}

/** The SDK's package as a game would bundle it, with its adapter. */
async function bundle(name: BrowserContender): Promise<string> {
  const contents = `
    import { open } from "./pages/${name}.ts";
    import { startGame } from "./pages/game.ts";
    void startGame(open);`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: HERE },
    alias: { "playtrail/browser": OWN_ENTRY }, // this tree's, built or not
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    define: { "process.env.NODE_ENV": '"production"' },
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
