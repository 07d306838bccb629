import { gzipSync } from "node:zlib";
import { bundleScript } from "./script.ts";

/** What a player downloads, in bytes of `gzip -9`. */
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
  const { code } = await bundleScript(entry);
  return gzipSync(code, { level: 9 }).length;
}
