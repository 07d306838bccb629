import { playerHash } from "./player-hash.ts";
import type { Birth } from "./registry.ts";
import type { Sql } from "./sql.ts";

/**
 * Whom a queue refuses: the registry says so when the queue is born, and again whenever there is somebody more.
 *
 * `revoked_key`    `("5f0c…")`: the id of a key.
 * `erased_player`  `("9f86d0…")`: the hash of a player's id, which itself is kept nowhere.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS revoked_key (id TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS erased_player (hash TEXT PRIMARY KEY) WITHOUT ROWID;
`;

export class Refusals {
  readonly #sql: Sql;
  readonly #keys: Set<string>;
  readonly #players: Set<string>;

  constructor(sql: Sql, storage: DurableObjectStorage) {
    storage.sql.exec(SCHEMA);
    this.#sql = sql;
    this.#keys = new Set(sql.rows<{ id: string }>("SELECT id FROM revoked_key").map(({ id }) => id));
    this.#players = new Set(
      sql.rows<{ hash: string }>("SELECT hash FROM erased_player").map(({ hash }) => hash),
    );
  }

  add({ revoked, erased }: Pick<Birth, "revoked" | "erased">): void {
    for (const id of revoked) {
      this.#keys.add(id);
      this.#sql.write("INSERT OR IGNORE INTO revoked_key (id) VALUES (?)", id);
    }
    for (const hash of erased) {
      this.#players.add(hash);
      this.#sql.write("INSERT OR IGNORE INTO erased_player (hash) VALUES (?)", hash);
    }
  }

  isRevoked(keys: readonly string[]): boolean {
    return this.#keys.size > 0 && keys.some((id) => this.#keys.has(id));
  }

  /** Says of each player whether they are erased. A hash a player is only worked out where anybody is. */
  erasedAmong(users: readonly string[], salt: string, game: string): ReadonlySet<string> {
    if (this.#players.size === 0) return NOBODY;
    return new Set(users.filter((user) => this.#players.has(playerHash(salt, game, user))));
  }
}

const NOBODY: ReadonlySet<string> = new Set();
