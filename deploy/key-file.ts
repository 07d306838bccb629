import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { writePrivateFile } from "../local/private-file.ts";
import type { Environment } from "./settings.ts";

/**
 * Where a secret that setup has made is kept: `KEY_SECRETS="…"`, for its owner's eyes, and out of git by `.env*`. Cloudflare never tells it
 * again, and without it no key could be minted where a setup broke off, and no secret rotated without ending every key.
 */
export const keyFileName = (environment: Environment) => `.env.keys.${environment}`;

/** What is kept; undefined: nothing is. */
export async function readKeySecrets(
  directory: string,
  environment: Environment,
): Promise<string | undefined> {
  const path = join(directory, keyFileName(environment));
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return parseEnv(text).KEY_SECRETS || undefined;
}

export function keepKeySecrets(directory: string, environment: Environment, value: string): Promise<void> {
  return writePrivateFile(join(directory, keyFileName(environment)), `KEY_SECRETS="${value}"\n`);
}
