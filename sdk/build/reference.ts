import { createHash } from "node:crypto";
import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Application, ProjectReflection, TypeDocOptions } from "typedoc";
import { isFresh } from "./fresh.ts";
import { fromRoot } from "./paths.ts";
import { SHELLS } from "./shells.ts";

const OPTIONS: Partial<TypeDocOptions> = {
  name: "playtrail",
  entryPoints: SHELLS.map((shell) => fromRoot(`sdk/${shell}/index.ts`)),
  tsconfig: fromRoot("sdk/tsconfig.json"),
  readme: fromRoot("sdk/README.md"),
  disableSources: true,
  includeVersion: true,
  // TypeDoc has a TypeScript of its own, and `npm run check` the project's.
  skipErrorChecking: true,
  validation: { invalidLink: true, notExported: false },
  logLevel: "Warn",
};

/** Writes the SDK's reference into `directory`, unless nothing of the SDK is newer. */
export async function writeReference(directory: string): Promise<void> {
  if (await isFresh(join(directory, "index.html"))) return;
  const { app, project } = await readComments();
  // Elsewhere first, so that there are whole pages at any time.
  const fresh = fromRoot(`dist/reference-${process.pid}`);
  await app.generateDocs(project, fresh);
  await rm(directory, { recursive: true, force: true });
  await rename(fresh, directory).catch((error: NodeJS.ErrnoException) => {
    // Another build was faster, with the same pages.
    if (error.code !== "ENOTEMPTY") throw error;
    return rm(fresh, { recursive: true });
  });
}

/** Whether doc comments name what is not there, or not to be had. TypeDoc prints which. */
export async function hasBrokenComments(): Promise<boolean> {
  const { app } = await readComments();
  return app.logger.hasWarnings();
}

async function readComments(): Promise<{ app: Application; project: ProjectReflection }> {
  // It takes half a second to load, which a start without changes can do without.
  const { Application } = await import("typedoc");
  const app = await Application.bootstrap(OPTIONS);
  const project = await app.convert();
  if (!project) throw new Error("no reference of the SDK");
  app.validate(project);
  return { app, project };
}

/** The script within each of TypeDoc's pages, as a Content-Security-Policy names what it allows. */
export async function inlineScripts(directory: string): Promise<string[]> {
  const html = await readFile(join(directory, "index.html"), "utf8");
  return [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script = ""]) => {
    return `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
  });
}
