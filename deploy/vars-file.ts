import type { Environment } from "./settings.ts";

/** A var whose value is another than before. */
export interface Change {
  name: string;
  from: string;
  to: string;
}

/** `FIREHOSE_STREAM = "playtrail-events"  # the stream`: all before the value, the value, all behind it. */
const VAR_LINE = /^(\s*(\w+)\s*=\s*)"([^"\\]*)"(.*)$/s;

/** The vars of an environment, as they stand in `wrangler.toml`. Throws where it has no such section. */
export function readVars(toml: string, environment: Environment): ReadonlyMap<string, string> {
  const { lines, start, end } = sectionOf(toml, environment);
  const vars = lines.slice(start, end).flatMap((line) => {
    const [, , name, value] = VAR_LINE.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return new Map(vars);
}

/**
 * `wrangler.toml` with vars of an environment changed, and not a character else: its comments are the settings' manual. Throws where a
 * var is not there, or where a value could not stand in quotes.
 */
export function writeVars(toml: string, environment: Environment, changes: readonly Change[]): string {
  const { lines, start, end } = sectionOf(toml, environment);
  for (const { name, to } of changes) {
    if (/["\\\p{Cc}]/u.test(to)) throw new RangeError(`${name} may hold no quotes, \\ or control characters`);
    const at = lines.findIndex(
      (line, index) => index >= start && index < end && VAR_LINE.exec(line)?.[2] === name,
    );
    const [, before, , , behind] = VAR_LINE.exec(lines[at] ?? "") ?? [];
    if (before === undefined)
      throw new Error(
        `wrangler.toml has no line ${name} = "…" in [env.${environment}.vars]: write ${name} = "${to}" there`,
      );
    lines[at] = `${before}"${to}"${behind}`;
  }
  return lines.join("\n");
}

function sectionOf(toml: string, environment: Environment): { lines: string[]; start: number; end: number } {
  const lines = toml.split("\n");
  const header = lines.findIndex((line) => line.trim() === `[env.${environment}.vars]`);
  if (header === -1)
    throw new Error(`wrangler.toml has no [env.${environment}.vars]: take it from git again`);
  const next = lines.findIndex((line, index) => index > header && line.startsWith("["));
  return { lines, start: header + 1, end: next === -1 ? lines.length : next };
}
