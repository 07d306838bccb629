import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { writeConsole } from "./console.ts";
import { isFresh } from "./fresh.ts";
import { fromRoot } from "./paths.ts";
import { inlineScripts, writeReference } from "./reference.ts";
import { bundleScript } from "./script.ts";

const PUBLIC = fromRoot("dist/public");
const DOCS = join(PUBLIC, "docs");
const SDK_DOCS = join(DOCS, "sdk");

/** The page that shows the API, and what it needs. */
const API_DOCS = [
  "docs/api/index.html",
  "docs/api/init.js",
  "node_modules/swagger-ui-dist/swagger-ui.css",
  "node_modules/swagger-ui-dist/swagger-ui-bundle.js",
];

/** Fills `dist/public`, the Worker's static files: the SDK for a script tag, the references of the API and the SDK, and the console. */
export async function buildPublic(): Promise<void> {
  await mkdir(DOCS, { recursive: true });
  await Promise.all([
    writeScript(),
    writeReference(SDK_DOCS),
    writeConsole(join(PUBLIC, "console")),
    ...API_DOCS.map((file) => copyFile(fromRoot(file), join(DOCS, basename(file)))),
  ]);
  await writeFile(join(PUBLIC, "_headers"), headers(await inlineScripts(SDK_DOCS)));
}

/** Unless nothing of the SDK is newer: to make it small takes a second. */
async function writeScript(): Promise<void> {
  const file = join(PUBLIC, "sdk.js");
  if (await isFresh(file)) return;
  const { code, map } = await bundleScript();
  await writeFile(join(PUBLIC, "sdk.js.map"), map);
  await writeFile(file, code); // last: with it all is there
}

/** What `/console` may do: nothing but its own files and the collector that serves it. */
const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

/** https://developers.cloudflare.com/workers/static-assets/headers/ */
function headers(inlineScripts: string[]): string {
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${inlineScripts.join(" ")}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return `/sdk.js
  SourceMap: /sdk.js.map
/sdk.js*
  Access-Control-Allow-Origin: *
  Cross-Origin-Resource-Policy: cross-origin
  Cache-Control: public, max-age=3600, stale-while-revalidate=86400
  X-Content-Type-Options: nosniff
/docs/*
  Content-Security-Policy: ${policy.join("; ")}
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
/console/*
  Content-Security-Policy: ${CONSOLE_POLICY.join("; ")}
  Cross-Origin-Opener-Policy: same-origin
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
  Cache-Control: no-cache
`;
}
