import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fromRoot } from "./paths.ts";

/** Whether a file was made after the SDK last changed: Wrangler builds at each start, mostly what is there already. */
export async function isFresh(file: string): Promise<boolean> {
  return (await modifiedAt(file)) > (await newestIn(fromRoot("sdk")));
}

async function newestIn(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true });
  const times = entries
    .filter(({ name }) => name !== "dist" && name !== "node_modules")
    .map((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? newestIn(path) : modifiedAt(path);
    });
  return Math.max(0, ...(await Promise.all(times)));
}

async function modifiedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
