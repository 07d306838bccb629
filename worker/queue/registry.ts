import { DurableObject } from "cloudflare:workers";
import { isoTime } from "../events/time.ts";
import { gameOf } from "./game-of.ts";
import { playerHash } from "./player-hash.ts";

/** Why a queue delivers nothing. */
export interface Trouble {
  since: string;
  reason: string;
  /** What an operator must do; null: nothing but wait. */
  advice: string | null;
}

/** What the registry knows of one queue. */
export interface RegisteredQueue {
  name: string;
  /** null: it delivers. */
  trouble: Trouble | null;
}

/** What a queue must know before it takes its first event. */
export interface Birth {
  /** What the hashes of erased players are salted with: `playerHash`. */
  salt: string;
  /** The ids of the keys that its game refuses. */
  revoked: string[];
  /** The hashes of its game's erased players. */
  erased: string[];
  /** Until when somebody watches its game, in milliseconds since 1970; 0: nobody does. */
  watchedUntil: number;
}

/** A key as it was minted. The key itself is stored nowhere. */
export interface MintedKey {
  id: string;
  role: string;
  name: string | null;
  created_at: string;
  /** The id of the key that minted it. */
  created_by: string;
}

/** What the registry knows of one key. One that the command line minted it knows only once it is revoked: the rest is null. */
export type KnownKey = { id: string; revoked_at: string | null; revoked_by: string | null } & (
  | Omit<MintedKey, "id">
  | { [Field in Exclude<keyof MintedKey, "id">]: null }
);

export type Revocation = { kind: "recorded"; key: KnownKey; queues: string[] } | { kind: "of_another_game" };

/** That a player was erased, without saying who. */
export interface Erasure {
  erasure_id: string;
  hash: string;
  requested_at: string;
  /** The id of the key that asked for it. */
  requested_by: string;
  /** Whether the line that tells the warehouse is durable in a queue. */
  announced: boolean;
  /** How many waiting events and dead letters it took out. */
  events_purged: number;
}

/** What an operator may change. */
export type AuditAction = "flush" | "replay" | "purge" | "key.mint" | "key.revoke" | "user.erase";

/** Something that an operator changed, or tried to: nothing in it names a player, and no key stands in it. */
export interface AuditEntry {
  at: string;
  /** The id of the key that it was done with. */
  key: string;
  action: AuditAction;
  outcome: "done" | "failed";
  detail: Record<string, string | number | null>;
}

/** Entries that are kept of each game. */
const MAX_AUDIT_ENTRIES = 500;

/** A currency's rate at a source's date: US dollars for one unit, with 12 decimals. */
export interface Rate {
  usd_per_unit: string;
  valid_from: string;
}

/** What is known of a currency. */
export interface KnownRate extends Rate {
  currency: string;
  /** A later rate that differs so much that it waits for the next one to confirm it. */
  held: Rate | null;
}

/**
 * `queue`       `("awesome_game/enam/0")`
 * `trouble`     `("awesome_game/enam/0", "2026-11-21T12:00:00.000Z", "AccessDeniedException", "allow the IAM user …")`, or no row
 * `minted_key`  `("5f0c…", "awesome_game", "write", "ios 1.4", "2026-11-21T12:00:00.000Z", "77aa…")`, minted by the key 77aa…
 * `revocation`  `("awesome_game", "5f0c…", "2026-12-01T09:00:00.000Z", "77aa…")`: the game refuses the key. The game `*`: all do
 * `erasure`     `("awesome_game", "9f86d081…", "0b9e…", "2026-12-01T09:00:00.000Z", "77aa…", 1, 17)`: announced, 17 events purged
 * `rate`        `("JPY", "0.006712345678", "2026-11-20T00:00:00.000Z", null, null)`, the last two where a rate is held back
 * `watch`       `("awesome_game", 1795305600000)`: somebody watches the game until then, in milliseconds since 1970
 * `audit`       `("awesome_game", 17, "2026-12-01T09:00:00.000Z", "77aa…", "purge", "done", "{\"events\":3}")`, the game's 17th entry
 * `salt`        one row, `(1, "c0ffee…")`, made when it is first needed
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queue (name TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS trouble (
    queue TEXT PRIMARY KEY, since TEXT NOT NULL, reason TEXT NOT NULL, advice TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS minted_key (
    id TEXT PRIMARY KEY, game TEXT NOT NULL, role TEXT NOT NULL, name TEXT, created_at TEXT NOT NULL,
    created_by TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS revocation (
    game TEXT NOT NULL, id TEXT NOT NULL, revoked_at TEXT NOT NULL, revoked_by TEXT NOT NULL,
    PRIMARY KEY (game, id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS erasure (
    game TEXT NOT NULL, hash TEXT NOT NULL, id TEXT NOT NULL, requested_at TEXT NOT NULL, requested_by TEXT NOT NULL,
    announced INTEGER NOT NULL, events_purged INTEGER NOT NULL, PRIMARY KEY (game, hash)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rate (
    currency TEXT PRIMARY KEY, usd_per_unit TEXT NOT NULL, valid_from TEXT NOT NULL, held_usd_per_unit TEXT,
    held_valid_from TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS watch (game TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS audit (
    game TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, key TEXT NOT NULL, action TEXT NOT NULL,
    outcome TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (game, number)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS salt (id INTEGER PRIMARY KEY, value TEXT NOT NULL);
`;

/**
 * The one object that knows what holds for all queues: which of them exist, since the platform cannot list them by name, which
 * keys are revoked, which players erased, and what currencies were last worth. A queue asks it once in its life, and then tells it only when delivery breaks or
 * heals. What is revoked or erased later is told to the queues: no event costs the registry a call.
 *
 * No method awaits anything, so each is one step. A queue born while a key is revoked is therefore either told at its birth or
 * among those that the revocation names.
 */
export class Registry extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
  }

  /** Registers a queue, and says what it must refuse from the start. */
  introduce(name: string): Birth {
    this.#register(name);
    const game = gameOf(name);
    return {
      salt: this.#salt(),
      revoked: this.#rows<{ id: string }>(
        "SELECT DISTINCT id FROM revocation WHERE game IN (?, '*')",
        game,
      ).map(({ id }) => id),
      erased: this.#rows<{ hash: string }>("SELECT hash FROM erasure WHERE game = ?", game).map(
        ({ hash }) => hash,
      ),
      watchedUntil:
        this.#rows<{ until: number }>("SELECT until FROM watch WHERE game = ?", game)[0]?.until ?? 0,
    };
  }

  /** Takes note of until when somebody watches a game (0: no longer), and names the queues that must be told. */
  watch(game: string, until: number): string[] {
    if (until === 0) this.#sql("DELETE FROM watch WHERE game = ?", game);
    else
      this.#sql(
        "INSERT INTO watch (game, until) VALUES (?, ?) ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <> excluded.until",
        game,
        until,
      );
    return this.#queuesOf(game);
  }

  /** Takes note of why a queue delivers nothing; null: it does. */
  report(name: string, trouble: Trouble | null): void {
    this.#register(name);
    if (trouble === null) {
      this.#sql("DELETE FROM trouble WHERE queue = ?", name);
      return;
    }
    const { since, reason, advice } = trouble;
    this.#sql(
      "INSERT OR REPLACE INTO trouble (queue, since, reason, advice) VALUES (?, ?, ?, ?)",
      name,
      since,
      reason,
      advice,
    );
  }

  /** All queues, or a game's. */
  list(game?: string): RegisteredQueue[] {
    // 0 follows / in ASCII, so that a game's queues stand between the two.
    const [from, to] = game === undefined ? ["", "\u{10ffff}"] : [`${game}/`, `${game}0`];
    return this.#rows<{ name: string; since: string | null; reason: string | null; advice: string | null }>(
      `SELECT name, since, reason, advice FROM queue LEFT JOIN trouble ON queue = name
       WHERE name >= ? AND name < ? ORDER BY name`,
      from,
      to,
    ).map(({ name, since, reason, advice }) => ({
      name,
      trouble: since === null || reason === null ? null : { since, reason, advice },
    }));
  }

  /** Writes down what was changed in a game (`*`: in all of them), and lets its oldest entries go. */
  audit(game: string, { at, key, action, outcome, detail }: AuditEntry): void {
    const [last] = this.#rows<{ number: number | null }>(
      "SELECT max(number) AS number FROM audit WHERE game = ?",
      game,
    );
    const number = (last?.number ?? 0) + 1;
    this.#sql(
      "INSERT INTO audit (game, number, at, key, action, outcome, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
      game,
      number,
      at,
      key,
      action,
      outcome,
      JSON.stringify(detail),
    );
    this.#sql("DELETE FROM audit WHERE game = ? AND number <= ?", game, number - MAX_AUDIT_ENTRIES);
  }

  /** What was changed in a game, the latest first. */
  auditOf(game: string): AuditEntry[] {
    return this.#rows<Omit<AuditEntry, "detail"> & { detail: string }>(
      "SELECT at, key, action, outcome, detail FROM audit WHERE game = ? ORDER BY number DESC",
      game,
    ).map(({ detail, ...entry }) => ({ ...entry, detail: JSON.parse(detail) }));
  }

  /** Takes note of a key that was minted for `game`, in the audit, too. */
  recordKey(game: string, { id, role, name, created_at, created_by }: MintedKey): void {
    this.#sql(
      "INSERT INTO minted_key (id, game, role, name, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?)",
      id,
      game,
      role,
      name,
      created_at,
      created_by,
    );
    const detail = { id, role, name };
    this.audit(game, { at: created_at, key: created_by, action: "key.mint", outcome: "done", detail });
  }

  /** The keys that were minted for a game or are revoked in it, the oldest first. */
  keysOf(game: string): KnownKey[] {
    return this.#rows<KnownKey>(
      `SELECT id, role, name, created_at, created_by, revoked_at, revoked_by
       FROM (SELECT * FROM minted_key WHERE game = ?1)
       FULL JOIN (SELECT id, revoked_at, revoked_by FROM revocation WHERE game = ?1) USING (id)
       ORDER BY coalesce(created_at, revoked_at), id`,
      game,
    );
  }

  /**
   * Revokes a key in a game (`*`: in all of them), whoever minted it, and names the queues that must be told. Once revoked it
   * stays so, as of then. A key that is known to be another game's is let be.
   */
  revoke(game: string, id: string, by: string): Revocation {
    const [minted] = this.#rows<{ game: string }>("SELECT game FROM minted_key WHERE id = ?", id);
    if (minted !== undefined && minted.game !== game) return { kind: "of_another_game" };
    this.#sql(
      "INSERT OR IGNORE INTO revocation (game, id, revoked_at, revoked_by) VALUES (?, ?, ?, ?)",
      game,
      id,
      isoTime(Date.now()),
      by,
    );
    const key = this.keysOf(game).find((known) => known.id === id);
    if (key === undefined) throw new Error(`the revocation of ${id} was not stored`);
    return { kind: "recorded", key, queues: this.#queuesOf(game) };
  }

  /** Whether one of these keys is revoked in a game. */
  isRevoked(game: string, ids: string[]): boolean {
    const revoked = this.#rows(
      "SELECT id FROM revocation WHERE game IN (?, '*') AND id IN (SELECT value FROM json_each(?))",
      game,
      JSON.stringify(ids),
    );
    return revoked.length > 0;
  }

  /** Takes note that a player is to be erased, and names the queues that must be told. Asked again it is the same erasure. */
  recordErasure(game: string, user: string, by: string): { erasure: Erasure; queues: string[] } {
    const hash = playerHash(this.#salt(), game, user);
    this.#sql(
      `INSERT OR IGNORE INTO erasure (game, hash, id, requested_at, requested_by, announced, events_purged)
       VALUES (?, ?, ?, ?, ?, 0, 0)`,
      game,
      hash,
      crypto.randomUUID(),
      isoTime(Date.now()),
      by,
    );
    const [erasure] = this.#erasures("game = ? AND hash = ?", game, hash);
    if (erasure === undefined) throw new Error("the erasure was not stored");
    return { erasure, queues: this.#queuesOf(game) };
  }

  /** Adds to the number of events that an erasure took out. */
  countPurged(erasureId: string, events: number): void {
    this.#sql("UPDATE erasure SET events_purged = events_purged + ? WHERE id = ?", events, erasureId);
  }

  /** Takes note that the erasure's line is durable in a queue. */
  markAnnounced(erasureId: string): void {
    this.#sql("UPDATE erasure SET announced = 1 WHERE id = ?", erasureId);
  }

  /** The players that a game erased, the latest last: when, by whom, and to what effect, but not who. */
  erasuresOf(game: string): Erasure[] {
    return this.#erasures("game = ?", game);
  }

  /** The last rate of every currency that ever had one. */
  rates(): KnownRate[] {
    return this.#rows<
      Rate & { currency: string; held_usd_per_unit: string | null; held_valid_from: string | null }
    >(
      "SELECT currency, usd_per_unit, valid_from, held_usd_per_unit, held_valid_from FROM rate ORDER BY currency",
    ).map(({ held_usd_per_unit, held_valid_from, ...rate }) => ({
      ...rate,
      held:
        held_usd_per_unit === null || held_valid_from === null
          ? null
          : { usd_per_unit: held_usd_per_unit, valid_from: held_valid_from },
    }));
  }

  /** Takes note of rates, once what they say is durable in a queue. */
  keepRates(rates: KnownRate[]): void {
    for (const { currency, usd_per_unit, valid_from, held } of rates) {
      this.#sql(
        `INSERT OR REPLACE INTO rate (currency, usd_per_unit, valid_from, held_usd_per_unit, held_valid_from)
         VALUES (?, ?, ?, ?, ?)`,
        currency,
        usd_per_unit,
        valid_from,
        held?.usd_per_unit ?? null,
        held?.valid_from ?? null,
      );
    }
  }

  #erasures(where: string, ...bindings: string[]): Erasure[] {
    return this.#rows<Omit<Erasure, "announced"> & { announced: number }>(
      `SELECT id AS erasure_id, hash, requested_at, requested_by, announced, events_purged
       FROM erasure WHERE ${where} ORDER BY requested_at, id`,
      ...bindings,
    ).map((row) => ({ ...row, announced: row.announced === 1 }));
  }

  #register(name: string): void {
    this.#sql("INSERT OR IGNORE INTO queue (name) VALUES (?)", name);
  }

  #queuesOf(game: string): string[] {
    return this.list(game === "*" ? undefined : game).map(({ name }) => name);
  }

  #salt(): string {
    const [row] = this.#rows<{ value: string }>("SELECT value FROM salt");
    if (row !== undefined) return row.value;
    const salt = crypto.randomUUID() + crypto.randomUUID();
    this.#sql("INSERT INTO salt (id, value) VALUES (1, ?)", salt);
    return salt;
  }

  #rows<Row extends object>(query: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#sql(query, ...bindings).toArray() as Row[];
  }

  #sql(query: string, ...bindings: SqlStorageValue[]) {
    return this.ctx.storage.sql.exec(query, ...bindings);
  }
}

/** The registry of this deployment. */
export function registryOf(env: Env): DurableObjectStub<Registry> {
  return env.REGISTRY.getByName("registry");
}
