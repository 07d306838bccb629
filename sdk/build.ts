/**
 * `npm run build`: the package (sdk/dist) and the Worker's static files (dist/public): the SDK for a script tag, and the API reference.
 * Wrangler runs it before each `dev` and `deploy`.
 */
import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ROOT = new URL("../", import.meta.url);
const SDK_DIST = new URL("sdk/dist/", ROOT);
const PUBLIC = new URL("dist/public/", ROOT);
const DOCS = new URL("docs/", PUBLIC);

/** https://developers.cloudflare.com/workers/static-assets/headers/ */
const HEADERS = `/sdk.js
  Access-Control-Allow-Origin: *
  Cross-Origin-Resource-Policy: cross-origin
  Cache-Control: public, max-age=3600, stale-while-revalidate=86400
  X-Content-Type-Options: nosniff
/docs/*
  Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
`;

await mkdir(SDK_DIST, { recursive: true });
await mkdir(DOCS, { recursive: true });
await Promise.all([
  buildPackage(),
  buildTypes(),
  buildScript(),
  copyDocs(),
  writeFile(new URL("_headers", PUBLIC), HEADERS),
]);
const script = await readFile(new URL("sdk.js", PUBLIC));
console.log(`sdk.js: ${script.length} bytes, ${gzipSync(script, { level: 9 }).length} with gzip`);

async function buildPackage(): Promise<void> {
  await build({
    entryPoints: [path("sdk/node/index.ts")],
    outfile: path("sdk/dist/index.js"),
    bundle: true,
    format: "esm",
    target: "es2020",
    external: ["ofetch"],
  });
}

async function buildTypes(): Promise<void> {
  const flags = "--noEmit false --emitDeclarationOnly --declaration".split(" ");
  const tsc = [path("node_modules/typescript/bin/tsc"), "-p", path("sdk"), ...flags];
  await promisify(execFile)(process.execPath, [
    ...tsc,
    "--rootDir",
    path("sdk"),
    "--outDir",
    path("sdk/dist"),
  ]);
  const files = (await readdir(SDK_DIST)).filter((name) => name.endsWith(".d.ts"));
  await Promise.all(files.map((name) => pointAtScripts(new URL(name, SDK_DIST))));
}

/** TypeScript leaves "./client.ts" in declarations, even with rewriteRelativeImportExtensions; a package has no such file. */
async function pointAtScripts(declaration: URL): Promise<void> {
  const text = await readFile(declaration, "utf8");
  await writeFile(declaration, text.replaceAll(/(["']\.\/[\w.-]+)\.ts(["'])/g, "$1.js$2"));
}

async function buildScript(): Promise<void> {
  await build({
    entryPoints: [path("sdk/node/index.ts")],
    outfile: path("dist/public/sdk.js"),
    bundle: true,
    minify: true,
    format: "iife",
    globalName: "playtrail",
    platform: "browser",
    target: "es2020",
  });
}

async function copyDocs(): Promise<void> {
  const files = [
    "docs/api/index.html",
    "docs/api/init.js",
    "node_modules/swagger-ui-dist/swagger-ui.css",
    "node_modules/swagger-ui-dist/swagger-ui-bundle.js",
  ];
  await Promise.all(files.map((file) => copyFile(path(file), new URL(file.replace(/^.*\//, ""), DOCS))));
}

function path(fromRoot: string): string {
  return fileURLToPath(new URL(fromRoot, ROOT));
}
