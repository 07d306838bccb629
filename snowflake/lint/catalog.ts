import type { Token } from "../sql/lexer.ts";
import { type Creation, columnsOf, signatureOf } from "./create.ts";
import { Privileges } from "./privileges.ts";
import { nameAt, wordsAt } from "./tokens.ts";

/** What every account has. */
const SNOWFLAKES: Readonly<Record<string, readonly string[]>> = {
  ROLE: ["ACCOUNTADMIN", "SECURITYADMIN", "USERADMIN", "SYSADMIN", "PUBLIC"],
  DATABASE: ["SNOWFLAKE"],
};

/**
 * A stream has its table's columns and these:
 * https://docs.snowflake.com/en/user-guide/streams-intro#stream-columns
 */
const STREAM_COLUMNS = ["METADATA$ACTION", "METADATA$ISUPDATE", "METADATA$ROW_ID"];

/** What exists at a point of the deployment. */
export class Catalog {
  readonly database: string;
  #objects = new Map<string, string[] | undefined>();
  #schema: string | undefined;
  readonly privileges = new Privileges();
  #suspended = new Set<string>();

  constructor(database: string) {
    this.database = database.toUpperCase();
  }

  /** The name in full but for the database: `CORE.EVENTS`, or that of an account's object. */
  resolved(parts: readonly string[]): string {
    const names = parts[0] === this.database && parts.length === 3 ? parts.slice(1) : parts;
    return names.length === 1 && this.#schema ? `${this.#schema}.${names[0]}` : names.join(".");
  }

  /** Whether an object of this type is there; TABLE stands for views and streams too. */
  has(type: string, parts: readonly string[]): boolean {
    if (SNOWFLAKES[type]?.includes(parts.join("."))) return true;
    return this.#objects.has(this.#key(type, parts));
  }

  /** Undefined: they are not known. */
  columns(parts: readonly string[]): string[] | undefined {
    return this.#objects.get(this.#key("TABLE", parts));
  }

  /** The arguments of a policy, in upper case; none: it is not there. */
  argumentsOf(type: string, parts: readonly string[]): string[] {
    return this.#objects.get(this.#key(type, parts)) ?? [];
  }

  /** Whether any table or view has a column of that name. */
  hasColumn(name: string): boolean {
    return [...this.#objects].some(([key, columns]) => key.startsWith("TABLE ") && columns?.includes(name));
  }

  /** Whether a task was suspended before. */
  isSuspended(parts: readonly string[]): boolean {
    return this.#suspended.has(this.resolved(parts));
  }

  /** Notes what a statement makes, or where it goes. */
  note(tokens: readonly Token[], creation: Creation | undefined): void {
    this.privileges.note(tokens, creation);
    if (wordsAt(tokens, 0, "ALTER TASK IF EXISTS")) {
      const { parts, end } = nameAt(tokens, 4);
      if (wordsAt(tokens, end, "SUSPEND")) this.#suspended.add(this.resolved(parts));
    }
    if (wordsAt(tokens, 0, "USE SCHEMA")) this.#schema = nameAt(tokens, 2).parts.at(-1);
    if (wordsAt(tokens, 0, "USE DATABASE")) this.#schema = undefined;
    if (!creation) return;
    const { type, name, clauses } = creation;
    if (type === "TABLE" || type === "VIEW")
      this.#objects.set(
        this.#key(type, name),
        columnsOf(creation).map((column) => column.name),
      );
    else if (type === "STREAM") {
      const table = this.columns(nameAt(clauses.get("ON TABLE") ?? [], 0).parts);
      this.#objects.set(this.#key(type, name), table && [...table, ...STREAM_COLUMNS]);
    } else if (type.endsWith(" POLICY"))
      this.#objects.set(this.#key(type, name), signatureOf(clauses.get("AS") ?? []));
    else this.#objects.set(this.#key(type, name), undefined);
  }

  #key(type: string, parts: readonly string[]): string {
    const relation = ["TABLE", "VIEW", "STREAM"].includes(type);
    const ofAccount = ["ROLE", "WAREHOUSE", "DATABASE", "INTEGRATION", "RESOURCE MONITOR"].includes(type);
    if (type === "SCHEMA") return `SCHEMA ${parts.at(-1)}`;
    if (type.endsWith(" INTEGRATION")) return `INTEGRATION ${parts.join(".")}`;
    return `${relation ? "TABLE" : type} ${ofAccount ? parts.join(".") : this.resolved(parts)}`;
  }
}
