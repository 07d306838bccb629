import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { log } from "../log.ts";
import type { App } from "./context.ts";

/**
 * One line a request: the route's pattern rather than its path, which may name a player, and a key's id rather than the key.
 * The time is what the platform shows of it: its clock stands still between I/O.
 */
export function requestLog(): MiddlewareHandler<App> {
  return async function requestLog(c, next) {
    const startedAt = Date.now();
    await next();
    const { status } = c.res;
    const { jti, game } = c.get("claims") ?? {};
    log(status >= 500 ? "error" : "info", "request", {
      request_id: c.get("requestId"),
      method: c.req.method,
      route: routePath(c, -1),
      status,
      ms: Date.now() - startedAt,
      key_id: jti,
      game,
      ...c.get("logFields"),
    });
  };
}
