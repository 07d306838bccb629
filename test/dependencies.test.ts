import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build } from "esbuild";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const readJson = async (file: string) => JSON.parse(await readFile(join(ROOT, file), "utf8"));

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  allowScripts?: Record<string, boolean>;
}

interface Locked {
  license?: string;
  integrity?: string;
  resolved?: string;
  /** In the archive of the package above it, and hashed with that. */
  inBundle?: boolean;
  link?: boolean;
  hasInstallScript?: boolean;
}

const lockOf = async (directory: string): Promise<Record<string, Locked>> =>
  (await readJson(join(directory, "package-lock.json"))).packages;

const page = await readFile(join(ROOT, "docs/dependencies.md"), "utf8");

/** The rows of a section: a package, its licence, and what else its columns say. */
function rowsUnder(...headings: string[]): string[][] {
  const sections = page.split(/^## /m).filter((section) => headings.includes(section.split("\n")[0] ?? ""));
  return sections.flatMap((section) =>
    [...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, name = "", rest = ""]) => [
      name,
      ...rest.split(" | "),
    ]),
  );
}

const MANIFESTS: [manifest: string, lock: string, headings: string[]][] = [
  ["package.json", ".", ["The Worker", "The console and /docs", "To build, deploy and test"]],
  ["sdk/package.json", ".", ["The SDK", "To build the SDK"]],
  ["bench/sdk/package.json", "bench/sdk", ["To compare the SDK with"]],
];

describe("docs/dependencies.md", () => {
  it.each(MANIFESTS)(
    "has each dependency of %s, with its licence, and no other",
    async (file, lock, headings) => {
      const { dependencies, devDependencies }: Manifest = await readJson(file);
      const locked = await lockOf(lock);
      const names = Object.keys({ ...dependencies, ...devDependencies });
      const licensed = names.map((name) => [
        name,
        (locked[`sdk/node_modules/${name}`] ?? locked[`node_modules/${name}`])?.license,
      ]);
      const shown = rowsUnder(...headings).map(([name, license]) => [name, license]);
      expect(shown.toSorted()).toEqual(licensed.toSorted());
    },
  );

  it("says for what runs how much of a bundle it is, to within a tenth", async () => {
    const measured = [
      ...(await sharesOf("worker/index.ts", namesUnder("The Worker"), FOR_WORKERD)),
      ...(await sharesOf("sdk/node/index.ts", namesUnder("The SDK"))),
      ...(await sharesOf("worker/console/main.tsx", ["preact", "uplot"], FOR_CONSOLE)),
      ["swagger-ui-dist", await swaggerBytes()] as const,
    ];
    const shown = new Map(
      rowsUnder("The Worker", "The SDK", "The console and /docs").map(([name, , bytes]) => [
        name,
        Number(bytes?.replaceAll(",", "")),
      ]),
    );
    expect(measured.map(([name]) => name).toSorted()).toEqual([...shown.keys()].toSorted());
    const off = measured.filter(([name, bytes]) => Math.abs((shown.get(name) ?? 0) - bytes) > bytes / 10);
    expect(off).toEqual([]);
  });
});

describe("what is installed", () => {
  it.each([".", "bench/sdk"])(
    "in %s comes from npm's registry, each package by its hash",
    async (directory) => {
      const packages = Object.entries(await lockOf(directory)).filter(
        ([path, { link, inBundle }]) => path.includes("node_modules/") && !link && !inBundle,
      );
      // Without an address it is the registry's; git and tarballs of other hosts have one.
      const elsewhere = packages.filter(([, { resolved }]) => resolved !== undefined);
      const unhashed = packages.filter(([, { integrity }]) => integrity === undefined);
      expect(elsewhere).toEqual([]);
      // Binaries of other platforms, which nobody has installed from this lock.
      expect(unhashed.filter(([path]) => !/\/(cli|workerd)-(\w+-)+\w+$/.test(path))).toEqual([]);
      expect(unhashed.length).toBe(directory === "." ? 11 : 0);
    },
  );

  it("runs no script of its own but those that are named", async () => {
    const { allowScripts = {} }: Manifest = await readJson("package.json");
    const scripted = Object.entries(await lockOf(".")).filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(scripted.map(([path]) => path.replace("node_modules/", "")).toSorted()).toEqual(
      Object.keys(allowScripts).toSorted(),
    );
  });
});

function namesUnder(heading: string): string[] {
  return rowsUnder(heading).map(([name = ""]) => name);
}

const FOR_WORKERD: BuildOptions = {
  conditions: ["workerd", "worker", "browser"],
  define: { "process.env.NODE_ENV": '"production"' },
};
const FOR_CONSOLE: BuildOptions = { jsx: "automatic", jsxImportSource: "preact" };

/** How much smaller the bundle of `entry` is without each of these packages. */
async function sharesOf(entry: string, names: string[], options?: BuildOptions) {
  const whole = await gzipBytes(entry, [], options);
  const shares = names.map(
    async (name) => [name, whole - (await gzipBytes(entry, [name, `${name}/*`], options))] as const,
  );
  return Promise.all(shares);
}

async function gzipBytes(entry: string, external: string[], options?: BuildOptions): Promise<number> {
  const { outputFiles = [] } = await build({
    entryPoints: [join(ROOT, entry)],
    outdir: "unwritten",
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2024",
    external: ["cloudflare:*", "node:*", ...external],
    logLevel: "error",
    ...options,
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).byteLength;
}

async function swaggerBytes(): Promise<number> {
  const bundle = createRequire(import.meta.url).resolve("swagger-ui-dist/swagger-ui-bundle.js");
  return gzipSync(await readFile(bundle), { level: 9 }).byteLength;
}
