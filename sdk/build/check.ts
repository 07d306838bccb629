/** The last part of `npm run check`: what a game would download from npm or `/sdk.js`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFaults } from "./faults.ts";
import { pack } from "./pack.ts";
import { buildPackage } from "./package.ts";
import { hasBrokenComments } from "./reference.ts";
import { measureSizes } from "./size.ts";

const faults: string[] = [];

if ((await buildPackage({ accept: false })) === "changed") {
  faults.push("the API is not what sdk/api shows; where that is meant: npm run build -- --accept");
}

if (await hasBrokenComments()) faults.push("doc comments have broken links");

const directory = await mkdtemp(join(tmpdir(), "playtrail-pack-"));
faults.push(...(await findFaults(await pack(directory))));
await rm(directory, { recursive: true });

for (const { name, gzipBytes, limitBytes } of await measureSizes()) {
  console.log(`${name}: ${gzipBytes} bytes with gzip, limit ${limitBytes}`);
  if (gzipBytes > limitBytes) faults.push(`${name} is too large`);
}

for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
