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

/** The numbered files of `snowflake/`, in the order in which they run. */
export function sqlFiles(settings: Settings): SqlFile[] {
  return readdirSync(DIRECTORY)
    .filter((name) => /^\d\d_\w+\.sql$/.test(name))
    .sort()
    .map((name) => ({ name, sql: withSettings(readFileSync(join(DIRECTORY, name), "utf8"), settings) }));
}
