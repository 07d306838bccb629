import { rename, writeFile } from "node:fs/promises";

/** Writes a file that only its owner may read. A reader sees the whole of it or nothing. */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, content, { mode: 0o600 });
  await rename(unfinished, path);
}
