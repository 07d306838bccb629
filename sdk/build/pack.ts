import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { fromRoot } from "./paths.ts";

/** `npm pack`: returns the path of the tarball in `directory`. */
export async function pack(directory: string): Promise<string> {
  const flags = ["--json", "--ignore-scripts", "--pack-destination", directory];
  const { stdout } = await promisify(execFile)("npm", ["pack", ...flags], { cwd: fromRoot("sdk") });
  const [packed]: { filename: string }[] = JSON.parse(stdout);
  return join(directory, packed?.filename ?? "");
}
