import { createHash } from "node:crypto";
import type { SqlFile } from "../sql/files.ts";
import { type Statement, statementsOf } from "../sql/statements.ts";

/** Checksums of what was deployed last, by file. */
export type Versions = ReadonlyMap<string, string>;

/** A file, and whether the database has it already. */
export interface Step {
  file: string;
  statements: readonly Statement[];
  /** SHA-256 of the file with its settings put in, in hexadecimal: another setting is another file. */
  checksum: string;
  state: "new" | "changed" | "unchanged";
  /** Whether it is to run. */
  runs: boolean;
}

/** What a deployment does: what is new or has changed, in the order of the files; with `all` the rest as well. */
export function planOf(files: readonly SqlFile[], versions: Versions, all: boolean): Step[] {
  return files.map(({ name, sql }) => {
    const checksum = createHash("sha256").update(sql).digest("hex");
    const state = stateOf(checksum, versions.get(name));
    return { file: name, statements: statementsOf(sql), checksum, state, runs: all || state !== "unchanged" };
  });
}

function stateOf(checksum: string, deployed: string | undefined): Step["state"] {
  if (deployed === undefined) return "new";
  return deployed === checksum ? "unchanged" : "changed";
}
