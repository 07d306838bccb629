import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { bundleConsole, CONSOLE_PAGE } from "./console.ts";
import { bundleScript } from "./script.ts";

/** What is downloaded, in bytes of `gzip -9`. */
export interface Size {
  name: string;
  gzipBytes: number;
  limitBytes: number;
}

/** A game page should not feel the SDK: limits that `npm run check` holds it to. */
const LIMITS = [
  { name: "the SDK for browsers", entry: "sdk/browser/script.ts", limitBytes: 8 * 1024 },
  { name: "its core", entry: "sdk/core/client.ts", limitBytes: 6.75 * 1024 },
];

/** Operators look at it in a hurry, on a phone. */
const CONSOLE_LIMIT_BYTES = 100 * 1024;

/** How large the SDK is in a page, whole and its core alone, and how large all of the console. */
export async function measureSizes(): Promise<Size[]> {
  const ofSdk = LIMITS.map(async ({ name, entry, limitBytes }) => ({
    name,
    gzipBytes: await gzipped(entry),
    limitBytes,
  }));
  return Promise.all([...ofSdk, measureConsole()]);
}

async function measureConsole(): Promise<Size> {
  const files = [await readFile(CONSOLE_PAGE), ...(await bundleConsole()).values()];
  const gzipBytes = files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0);
  return { name: "the console", gzipBytes, limitBytes: CONSOLE_LIMIT_BYTES };
}

async function gzipped(entry: string): Promise<number> {
  const { code } = await bundleScript(entry);
  return gzipSync(code, { level: 9 }).length;
}
