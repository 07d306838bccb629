import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { type ApiReport, writeDeclarations } from "./declarations.ts";
import { INTERNAL } from "./internal.ts";
import { fromRoot } from "./paths.ts";
import { SHELLS } from "./shells.ts";

const DIST = fromRoot("sdk/dist");

/** Fills `sdk/dist`: a module for each shell, with its declarations, and the chunks that modules share. */
export async function buildPackage({ accept }: { accept: boolean }): Promise<ApiReport> {
  await mkdir(DIST, { recursive: true });
  const [modules, report] = await Promise.all([bundleShells(), writeDeclarations(DIST, accept)]);
  const published = new Set([...modules, ...SHELLS.map((shell) => `${shell}.d.ts`)]);
  const left = (await readdir(DIST)).filter((name) => !published.has(name));
  await Promise.all(left.map((name) => rm(join(DIST, name), { recursive: true })));
  return report;
}

/** Returns the names of the files. */
async function bundleShells(): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: SHELLS.map((shell) => ({ in: fromRoot(`sdk/${shell}/index.ts`), out: shell })),
    outdir: DIST,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    target: "es2020",
    external: ["ofetch", "node:*"],
    mangleProps: INTERNAL, // a bundler could not, for it cannot know
    sourcemap: true, // with the sources inside, so that the package need not have them
    metafile: true,
  });
  return Object.keys(metafile.outputs).map((file) => basename(file));
}
