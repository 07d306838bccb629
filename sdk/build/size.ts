import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { fromRoot } from "./paths.ts";

/** What a player downloads, in bytes of `gzip -9`. */
export interface Size {
  name: string;
  gzipBytes: number;
  limitBytes: number;
}

/** A game page should not feel the SDK: limits that `npm run check` holds it to. */
const LIMITS = [
  { name: "the SDK for browsers", entry: "sdk/browser/script.ts", limitBytes: 8 * 1024 },
  { name: "its core", entry: "sdk/core/client.ts", limitBytes: 4 * 1024 },
];

/** How large the SDK is in a page, whole and its core alone. */
export function measureSizes(): Promise<Size[]> {
  return Promise.all(
    LIMITS.map(async ({ name, entry, limitBytes }) => ({
      name,
      gzipBytes: await gzipped(entry),
      limitBytes,
    })),
  );
}

async function gzipped(entry: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [fromRoot(entry)],
    bundle: true,
    minify: true,
    format: entry.endsWith("script.ts") ? "iife" : "esm",
    platform: "browser",
    target: "es2020",
    write: false,
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}
