import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { findPackage } from "./installed.ts";
import { buildPlayer } from "./player-process.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Whether all of these packages are there; our own always is. */
export function areInstalled(packages: string[]): boolean {
  return packages.every((name) => name === "playtrail" || findPackage(name, HERE) !== undefined);
}

/** Installs the SDKs to compare with from npm, at the versions of the lock file. Throws where npm cannot. */
export function installPeers(): void {
  execFileSync("npm", ["ci", "--prefix", HERE], { stdio: "inherit" });
}

/** What must be done before any SDK runs. */
export async function prepare(): Promise<void> {
  // Nothing leaves this machine: two of the SDKs would ask a proxy.
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"]) delete process.env[name];
  await buildPlayer();
}
