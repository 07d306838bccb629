import { fileURLToPath } from "node:url";

/** Where something of the repository is: `fromRoot("sdk/dist")`. */
export function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
