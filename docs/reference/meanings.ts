import { readFileSync } from "node:fs";
import { join } from "node:path";

const TYPES = join(import.meta.dirname, "..", "..", "sdk", "events.ts");

/** What `sdk/events.ts` says of an event, and of each of its fields, by name. */
export interface Meaning {
  about: string;
  fields: ReadonlyMap<string, string>;
}

/** What the SDK's doc comments say, by event type; of what every event carries, by `""`. */
export function meanings(source = readFileSync(TYPES, "utf8")): Map<string, Meaning> {
  const interfaces = source.matchAll(
    /\/\*\* ([^\n]+) \*\/\nexport interface \w+(?:Context| extends EventContext) \{\n([\s\S]*?)\n\}/g,
  );
  return new Map(
    [...interfaces].map(([, about = "", body = ""]) => {
      const [, type = ""] = /event_type: "(\w+)"/.exec(body) ?? [];
      const fields = [...body.matchAll(/\/\*\* (.+) \*\/\n {2}(\w+)\??:/g)];
      return [
        type,
        { about, fields: new Map(fields.map(([, text = "", name = ""]) => [name, withoutLength(text)])) },
      ];
    }),
  );
}

/** A compiler knows no lengths, so comments tell them; here they stand in a column of their own. */
function withoutLength(text: string): string {
  return text.replace(/,( in)? (1–|at most )[\d,]+ characters/, "");
}
