import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { fromRoot } from "./paths.ts";

/** What the console's page loads: scripts and styles by their names. */
export type ConsoleFiles = Map<string, Uint8Array>;

/** The console's page, which names the files. */
export const CONSOLE_PAGE = fromRoot("worker/console/index.html");

/** Bundles the operators' console. */
export async function bundleConsole(): Promise<ConsoleFiles> {
  const { outputFiles } = await build({
    entryPoints: [fromRoot("worker/console/main.tsx"), fromRoot("worker/console/styles.css")],
    outdir: "console",
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
}

/** Writes the console into `directory`. */
export async function writeConsole(directory: string): Promise<void> {
  const [files] = await Promise.all([bundleConsole(), mkdir(directory, { recursive: true })]);
  const writing = [...files].map(([name, bytes]) => writeFile(join(directory, name), bytes));
  await Promise.all([...writing, copyFile(CONSOLE_PAGE, join(directory, "index.html"))]);
}
