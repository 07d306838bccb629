import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { formatTable } from "../../local/table.ts";
import { buildPackage } from "../../sdk/build/package.ts";
import { bundleScript } from "../../sdk/build/script.ts";
import { TRAITS } from "./contenders.ts";
import { count, decimal } from "./format.ts";
import { findPackage, type Installed, measureInstalled } from "./installed.ts";
import type { Plan } from "./plan.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const SDK = fileURLToPath(new URL("../../sdk/", import.meta.url));

/** What a game's page loads, and what its package brings along. */
export interface Bundle {
  name: string;
  /** NaN: the SDK is for Node alone. */
  minifiedBytes: number;
  gzipBytes: number;
  installed: Installed | undefined;
}

/** What a page would import. */
const PAGES = [
  { name: "playtrail", package: "playtrail", code: `export { createClient } from "${SDK}dist/browser.js";` },
  { name: "posthog-js", package: "posthog-js", code: `export { default } from "posthog-js";` },
  {
    name: "posthog-js slim",
    package: "posthog-js",
    code: `export { default } from "posthog-js/dist/module.slim";`,
  },
  {
    name: "snowplow browser-tracker",
    package: "@snowplow/browser-tracker",
    code: `export { newTracker, setUserId, trackSelfDescribingEvent, flushBuffer } from "@snowplow/browser-tracker";`,
  },
  {
    name: "amplitude browser",
    package: "@amplitude/analytics-browser",
    code: `export { init, track, flush } from "@amplitude/analytics-browser";`,
  },
  {
    name: "mixpanel browser",
    package: "mixpanel-browser",
    code: `export { default } from "mixpanel-browser";`,
  },
  { name: "gameanalytics", package: "gameanalytics", code: `export { default } from "gameanalytics";` },
];

/** Bundles each SDK for browsers, as a game would, and weighs what it installs. */
export async function benchBundles({ contenders }: Plan): Promise<Bundle[]> {
  await buildPackage({ accept: false });
  const bundles: Bundle[] = await Promise.all(SCRIPTS.map(weighScript));
  for (const page of PAGES) {
    const installed = measure(page.package);
    if (installed === undefined) continue;
    const result = await build({
      stdin: { contents: page.code, resolveDir: HERE },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      write: false,
      logLevel: "silent",
    });
    const [file] = result.outputFiles;
    if (file === undefined) continue;
    bundles.push({ name: page.name, ...weightOf(file.contents), installed });
  }
  const inPages = new Set(PAGES.map((page) => page.package));
  const forNode = contenders.map((name) => TRAITS[name].package).filter((name) => !inPages.has(name));
  const none = { minifiedBytes: Number.NaN, gzipBytes: Number.NaN };
  return [...bundles, ...forNode.map((name) => ({ name, ...none, installed: measure(name) }))];
}

/** Our SDK as collectors serve it, and the part of it that knows no platform. */
const SCRIPTS = [
  { name: "playtrail by script tag", entry: "sdk/browser/script.ts" },
  { name: "playtrail's core alone", entry: "sdk/core/client.ts" },
];

async function weighScript({ name, entry }: (typeof SCRIPTS)[number]): Promise<Bundle> {
  const { code } = await bundleScript(entry);
  return { name, ...weightOf(Buffer.from(code)), installed: undefined };
}

function weightOf(code: Uint8Array): Pick<Bundle, "minifiedBytes" | "gzipBytes"> {
  return { minifiedBytes: code.length, gzipBytes: gzipSync(code, { level: 9 }).length };
}

function measure(name: string): Installed | undefined {
  const directory = name === "playtrail" ? SDK : findPackage(name, HERE);
  return directory === undefined ? undefined : measureInstalled(directory);
}

export function reportBundles(bundles: Bundle[]): string {
  const header = ["in a page", "minified B", "gzip B", "packages", "installed MB"];
  const rows = bundles.map(({ name, minifiedBytes, gzipBytes, installed }) => [
    name,
    count(minifiedBytes),
    count(gzipBytes),
    count(installed?.packages),
    decimal(installed?.megabytes ?? Number.NaN),
  ]);
  return formatTable(header, rows);
}
