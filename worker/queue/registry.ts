import { DurableObject } from "cloudflare:workers";

/** What the registry knows of one queue. */
export interface RegisteredQueue {
  name: string;
  /** Why it delivers nothing, and since when; null: it does. */
  trouble: { since: string; reason: string } | null;
}

/**
 * The one object that knows which queues exist, since the platform cannot list them by name. A queue tells it once in its life,
 * and then only when its delivery breaks or heals: what is asked of the registry costs no queue a call.
 *
 * `queue`  `("awesome_game/enam/0", null, null)`, or with trouble `(…, "2026-11-21T12:00:00.000Z", "AccessDeniedException")`
 */
export class Registry extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS queue (name TEXT PRIMARY KEY, since TEXT, reason TEXT) WITHOUT ROWID",
    );
  }

  report(name: string, trouble: RegisteredQueue["trouble"]): void {
    this.ctx.storage.sql.exec(
      "INSERT OR REPLACE INTO queue (name, since, reason) VALUES (?, ?, ?)",
      name,
      trouble?.since ?? null,
      trouble?.reason ?? null,
    );
  }

  list(): RegisteredQueue[] {
    const rows = this.ctx.storage.sql.exec<{ name: string; since: string | null; reason: string | null }>(
      "SELECT name, since, reason FROM queue ORDER BY name",
    );
    return rows.toArray().map(({ name, since, reason }) => ({
      name,
      trouble: since === null || reason === null ? null : { since, reason },
    }));
  }
}

/** The registry of this deployment. */
export function registryOf(env: Env): DurableObjectStub<Registry> {
  return env.REGISTRY.getByName("registry");
}
