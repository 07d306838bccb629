import { readFile } from "node:fs/promises";
import { checkPackage, createPackageFromTarballData, type Problem } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import manifest from "../package.json" with { type: "json" };

/** What publint and Are The Types Wrong find fault with, as sentences. */
export async function findFaults(tarball: string): Promise<string[]> {
  const data = await readFile(tarball);
  const [{ messages }, types] = await Promise.all([
    publint({ pack: { tarball: new Uint8Array(data).buffer }, strict: true }),
    checkPackage(createPackageFromTarballData(data)),
  ]);
  const wrong = types.types === false ? [{ kind: "no types" }] : types.problems.filter(isForEsm);
  return [
    ...messages.map((message) => `publint: ${formatMessage(message, manifest) ?? message.code}`),
    ...wrong.map((problem) => `attw: ${JSON.stringify(problem)}`),
  ];
}

/** The package is ES modules alone, as `attw --profile esm-only` has it: old Node's `require()` and old TypeScript need not find it. */
function isForEsm(problem: Problem): boolean {
  const kind = "resolutionKind" in problem ? problem.resolutionKind : "node16-esm";
  return kind !== "node10" && kind !== "node16-cjs";
}
