import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { writePrivateFile } from "./private-file.ts";

const secretsSchema = z.object({
  KEY_SECRETS: z.string().min(32),
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
});

/** What the collector needs to know in secret, by the names in `wrangler.toml`. */
export type Secrets = z.infer<typeof secretsSchema>;

/** The secrets of that data directory: made once, so that keys stay valid from one start to the next. */
export async function ensureSecrets(data: string): Promise<Secrets> {
  const known = await readSecrets(data);
  if (known !== undefined) return known;
  const secrets = {
    KEY_SECRETS: randomBytes(32).toString("base64url"),
    AWS_ACCESS_KEY_ID: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
    AWS_SECRET_ACCESS_KEY: randomBytes(30).toString("base64url"),
  };
  await writePrivateFile(secretsFile(data), `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

/** The secrets of that data directory; undefined where it has none. Throws where they are damaged. */
export async function readSecrets(data: string): Promise<Secrets | undefined> {
  const path = secretsFile(data);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return secretsSchema.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : "it is not JSON";
    throw new Error(`${path} is damaged: ${reason}. Delete it: new secrets are made, and old keys end.`);
  }
}

export function secretsFile(data: string): string {
  return join(data, "secrets.json");
}
