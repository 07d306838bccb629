import type { Token } from "../sql/lexer.ts";
import type { Creation } from "./create.ts";
import { findWords, itemsOf, nameAt, wordsAt } from "./tokens.ts";

/** Who may create what, as far as the files say it: https://docs.snowflake.com/en/user-guide/security-access-control-overview */
export class Privileges {
  #role = "";
  /** By role: what it was granted, as in `CREATE TABLE ON SCHEMA RAW`, and what it owns. */
  #held = new Map<string, Set<string>>();
  /** By role: the roles that it was granted, whose privileges it has too. */
  #roles = new Map<string, Set<string>>();

  /** What the role at hand lacks to run a CREATE; undefined: nothing. */
  lacked({ type, name }: Creation, schema: string): string | undefined {
    if (this.#role === "ACCOUNTADMIN" || name.length === 0) return undefined;
    const place = type === "SCHEMA" ? "DATABASE" : `SCHEMA ${schema}`;
    const wanted = `CREATE ${type} ON ${place}`;
    return this.#has(this.#role, wanted) || this.#has(this.#role, `OWNERSHIP ON ${place}`)
      ? undefined
      : `${this.#role} has no ${wanted.toLowerCase()}`;
  }

  note(tokens: readonly Token[], creation: Creation | undefined): void {
    if (wordsAt(tokens, 0, "USE ROLE")) this.#role = nameAt(tokens, 2).parts.join(".");
    if (creation?.type === "SCHEMA")
      add(this.#held, this.#role, `OWNERSHIP ON SCHEMA ${creation.name.at(-1)}`);
    const to = findWords(tokens, "TO ROLE");
    if (!wordsAt(tokens, 0, "GRANT") || to < 0) return;
    const grantee = nameAt(tokens, to + 2).parts.join(".");
    if (wordsAt(tokens, 1, "ROLE")) add(this.#roles, grantee, nameAt(tokens, 2).parts.join("."));
    const on = findWords(tokens, "ON");
    const place = wordsAt(tokens, on + 1, "SCHEMA")
      ? `SCHEMA ${nameAt(tokens, on + 2).parts.at(-1)}`
      : tokens[on + 1]?.text.toUpperCase();
    for (const item of itemsOf(tokens.slice(1, on)))
      add(this.#held, grantee, `${item.map(({ text }) => text.toUpperCase()).join(" ")} ON ${place}`);
  }

  #has(role: string, privilege: string): boolean {
    const inherited = [...(this.#roles.get(role) ?? [])];
    return (
      this.#held.get(role)?.has(privilege) === true || inherited.some((below) => this.#has(below, privilege))
    );
  }
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(value));
}
