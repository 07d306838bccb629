import { fileURLToPath } from "node:url";
import { unstable_readConfig as readConfig } from "wrangler";
import type { WorkerOptions } from "./workerd.ts";

/** Playtrail as `wrangler.toml` describes it, so that a new binding or setting is here as well; `vars` win over those of the file. */
export function playtrail(vars: Record<string, string>, entry = "worker/index.ts"): WorkerOptions {
  const config = readConfig({ config: fromRepository("wrangler.toml") });
  const { compatibility_date: compatibilityDate, durable_objects: objects } = config;
  if (compatibilityDate === undefined) throw new Error("wrangler.toml has no compatibility_date");
  const settings = Object.entries(config.vars).map(([name, value]) => [name, String(value)]);
  return {
    entry: fromRepository(entry),
    compatibilityDate,
    vars: { ...Object.fromEntries(settings), ...vars },
    objects: Object.fromEntries(
      objects.bindings.map(({ name, class_name }: { name: string; class_name: string }) => [
        name,
        class_name,
      ]),
    ),
  };
}

/** The absolute path of a file that is named from the root of the repository. */
export function fromRepository(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
