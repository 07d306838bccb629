import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Settings, withSettings } from "./settings.ts";

const DIRECTORY = join(import.meta.dirname, "..");

/** One of the numbered files that make the warehouse. */
export interface SqlFile {
  /** Such as `20_core.sql`. */
  name: string;
  /** With the settings put in. */
  sql: string;
}

/** Checks of what the others have made: queries, which make nothing. */
const SMOKE_FILE = "90_smoke.sql";

/** The numbered files of `snowflake/` that make the warehouse, in the order in which they run. */
export function sqlFiles(settings: Settings): SqlFile[] {
  return readdirSync(DIRECTORY)
    .filter((name) => /^\d\d_\w+\.sql$/.test(name) && name !== SMOKE_FILE)
    .sort()
    .map((name) => fileNamed(name, settings));
}

/** The smoke checks: queries whose every row, `check_name` and `problem`, tells of something wrong. */
export function smokeFile(settings: Settings): SqlFile {
  return fileNamed(SMOKE_FILE, settings);
}

function fileNamed(name: string, settings: Settings): SqlFile {
  return { name, sql: withSettings(readFileSync(join(DIRECTORY, name), "utf8"), settings) };
}
