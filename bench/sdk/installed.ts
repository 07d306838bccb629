import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a package brings along: itself and all that it depends on. */
export interface Installed {
  packages: number;
  megabytes: number;
}

/** Measures the package in this directory. Files that a package has not got yet, such as those of a build, weigh nothing. */
export function measureInstalled(directory: string): Installed {
  const found = new Set<string>();
  collect(directory, found);
  const bytes = [...found].reduce((sum, each) => sum + sizeOf(each, filesOf(each)), 0);
  return { packages: found.size, megabytes: bytes / 1e6 };
}

function collect(directory: string, found: Set<string>): void {
  if (found.has(directory)) return;
  found.add(directory);
  for (const name of Object.keys(manifestOf(directory).dependencies ?? {})) {
    const dependency = findPackage(name, directory);
    if (dependency !== undefined) collect(dependency, found);
  }
}

/** Where Node finds a package that code in `from` names; nothing where it is not installed. */
export function findPackage(name: string, from: string): string | undefined {
  const candidate = join(from, "node_modules", name);
  if (existsSync(join(candidate, "package.json"))) return candidate;
  return dirname(from) === from ? undefined : findPackage(name, dirname(from));
}

/** What npm would install of it. Of a package that npm installed, that is everything in it. */
function filesOf(directory: string): string[] {
  const isInstalled = directory.includes("node_modules");
  const names = isInstalled
    ? readdirSync(directory)
    : ["package.json", ...(manifestOf(directory).files ?? [])];
  return names.filter((name) => name !== "node_modules" && existsSync(join(directory, name)));
}

function sizeOf(directory: string, names: string[]): number {
  return names
    .map((name) => join(directory, name))
    .map((path) => (statSync(path).isDirectory() ? sizeOf(path, readdirSync(path)) : statSync(path).size))
    .reduce((sum, bytes) => sum + bytes, 0);
}

function manifestOf(directory: string): { dependencies?: Record<string, string>; files?: string[] } {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
}
