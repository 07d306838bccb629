import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { fromRoot } from "./paths.ts";

const SOURCES = "worker/console";
/** Files whose name has a hash of what is in them: under an address of their own, since they may be kept for ever. */
const ASSETS = "assets";

/** The operators' console: its page, and by their names what the page loads. */
export interface ConsoleFiles {
  page: string;
  assets: Map<string, Uint8Array>;
}

/** Bundles the console. */
export async function bundleConsole(): Promise<ConsoleFiles> {
  const { outputFiles } = await build({
    entryPoints: { main: fromRoot(`${SOURCES}/main.tsx`), styles: fromRoot(`${SOURCES}/styles.css`) },
    entryNames: "[name]-[hash]",
    outdir: "/",
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
  });
  const assets = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  let page = await readFile(fromRoot(`${SOURCES}/index.html`), "utf8");
  for (const name of assets.keys())
    page = page.replace(name.replace(/-[^-]*\./, "."), `/console/${ASSETS}/${name}`);
  return { page, assets };
}

/** Writes the console into `directory`, and removes what an earlier one has left. */
export async function writeConsole(directory: string): Promise<void> {
  const { page, assets } = await bundleConsole();
  await mkdir(join(directory, ASSETS), { recursive: true });
  const writing = [...assets].map(([name, bytes]) => writeFile(join(directory, ASSETS, name), bytes));
  await Promise.all(writing);
  await writeFile(join(directory, "index.html"), page);
  const left = (await readdir(join(directory, ASSETS))).filter((name) => !assets.has(name));
  await Promise.all(left.map((name) => rm(join(directory, ASSETS, name), { force: true })));
}
