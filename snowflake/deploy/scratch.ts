import { randomBytes } from "node:crypto";
import type { SqlFile } from "../sql/files.ts";
import { isWord, type Token } from "../sql/lexer.ts";
import type { Settings } from "../sql/settings.ts";
import { type Statement, statementsOf } from "../sql/statements.ts";

/** Something that stands beside databases in an account, so that dropping the database leaves it behind. */
export interface AccountObject {
  /** As in `STORAGE INTEGRATION`. */
  type: string;
  name: string;
}

const TYPES = [
  "DATABASE",
  "ROLE",
  "WAREHOUSE",
  "RESOURCE MONITOR",
  "STORAGE INTEGRATION",
  "NOTIFICATION INTEGRATION",
  "USER",
  "NETWORK POLICY",
  "SHARE",
];

/**
 * The settings of a warehouse that stands apart from every other one: names of its own, and a place in the bucket where nothing
 * arrives. The notifications of a bucket reach every pipe of an account.
 */
export function scratchSettings(settings: Settings, now: Date): Settings {
  const day = now.toISOString().slice(0, 10).replaceAll("-", "");
  const database = `PLAYTRAIL_VERIFY_${day}_${randomBytes(4).toString("hex").toUpperCase()}`;
  return { ...settings, database, bucket_url: `${settings.bucket_url.replace(/\/$/, "")}/${database}/` };
}

/**
 * What the files make outside of the database, in their order. Throws where that, or a statement on the account itself, would touch
 * more than the scratch database.
 */
export function accountObjectsOf(files: readonly SqlFile[], database: string): AccountObject[] {
  return files.flatMap(({ name, sql }) =>
    statementsOf(sql).flatMap((statement) => {
      const where = `${name}, line ${statement.line}`;
      const [first, second] = statement.tokens;
      if (isWord(first, "ALTER") && isWord(second, "ACCOUNT"))
        throw new Error(`${where}: changes the account: it cannot be tried out`);
      const object = createdBy(statement);
      if (object === undefined) return [];
      if (object.name !== database && !object.name.startsWith(`${database}_`))
        throw new Error(`${where}: ${object.type} ${object.name} does not begin with the database's name`);
      return [object];
    }),
  );
}

/** The statements that drop them, the last one made first. */
export function dropsOf(objects: readonly AccountObject[]): string[] {
  return objects.map(({ type, name }) => `DROP ${type} IF EXISTS ${name}`).reverse();
}

function createdBy({ tokens }: Statement): AccountObject | undefined {
  if (!isWord(tokens[0], "CREATE")) return undefined;
  const rest = skip(skip(skip(tokens.slice(1), "OR", "ALTER"), "OR", "REPLACE"), "TRANSIENT");
  // A role of the database goes with it.
  if (startsWith(rest, ["DATABASE", "ROLE"])) return undefined;
  for (const type of TYPES) {
    const words = type.split(" ");
    if (!startsWith(rest, words)) continue;
    const [name] = skip(rest.slice(words.length), "IF", "NOT", "EXISTS");
    if (name) return { type, name: name.text };
  }
  return undefined;
}

function startsWith(tokens: readonly Token[], words: readonly string[]): boolean {
  return words.every((word, index) => isWord(tokens[index], word));
}

function skip(tokens: readonly Token[], ...words: string[]): readonly Token[] {
  return startsWith(tokens, words) ? tokens.slice(words.length) : tokens;
}
