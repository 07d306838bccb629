import type { MiddlewareHandler } from "hono";
import * as z from "zod";
import { isoTime } from "../events/time.ts";
import type { App, AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { reach } from "../http/reach.ts";
import { log } from "../log.ts";
import { type AuditAction, type AuditEntry, registryOf } from "../queue/registry.ts";

/** Something that an operator changed. */
export const auditEntrySchema: z.ZodType<AuditEntry> = z.object({
  at: z.iso.datetime(),
  key: z.string().meta({ description: "the id of the key that it was done with" }),
  action: z.enum(["flush", "replay", "purge", "key.mint", "key.revoke", "user.erase"]),
  outcome: z
    .enum(["done", "failed"])
    .meta({ description: "`failed`: it went half-way, and `detail.problem` says why not further" }),
  detail: z
    .record(z.string(), z.union([z.string(), z.number(), z.null()]))
    .meta({ description: "how much or what it was; neither a player's id nor a key" }),
});
export const auditSchema = z.object({ entries: z.array(auditEntrySchema) });

/** `GET /v1/games/:game/audit`: the last 500 things that operators changed, the newest first. */
export async function listAudit(c: AppContext): Promise<Response> {
  const asking = registryOf(c.env).auditOf(gameOf(c));
  const entries = await reach<AuditEntry[]>("registry", "the audit could not be read: ask again", asking);
  return c.json({ entries });
}

/**
 * Has what the route behind it does written down, once it is done or has failed half-way: from `noteChange` on. A request that was
 * refused before changed nothing, and leaves no entry. Where the registry does not answer, the entry is in the log: what was done is
 * done, and must not look as if it were not.
 */
export function audited(action: AuditAction): MiddlewareHandler<App> {
  return async function audited(c, next) {
    await next();
    const detail = c.get("change");
    if (detail === undefined) return;
    const entry: AuditEntry = {
      at: isoTime(Date.now()),
      key: c.get("claims").jti,
      action,
      ...(c.error === undefined
        ? { outcome: "done", detail }
        : { outcome: "failed", detail: { ...detail, problem: codeOf(c.error) } }),
    };
    try {
      await registryOf(c.env).audit(gameOf(c), entry);
    } catch (error) {
      log("error", "audit_unreachable", { game: gameOf(c), ...entry, error: String(error) });
    }
  };
}

/** Says that something is being changed from here on, and what; may be called again to say more. */
export function noteChange(c: AppContext, detail: AuditEntry["detail"]): void {
  c.set("change", { ...c.get("change"), ...detail });
}

function codeOf(error: Error): string {
  return error instanceof Problem ? error.code : "unexpected";
}

const gameOf = (c: AppContext) => c.req.param("game") ?? "";
