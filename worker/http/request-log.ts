import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { log } from "../log.ts";
import { attemptOf } from "./attempt.ts";
import type { App, AppContext } from "./context.ts";

/**
 * One line a request that an operator may want to look at: the route's pattern rather than its path, which may name a player,
 * and a key's id rather than the key, which may stand in the query. The time is what the platform shows of it: its clock stands still between I/O.
 */
export function requestLog(): MiddlewareHandler<App> {
  return async function requestLog(c, next) {
    const startedAt = Date.now();
    await next();
    if (isRoutine(c)) return;
    const { status } = c.res;
    const { jti, game } = c.get("claims") ?? {};
    const attempt = attemptOf(c);
    log(status >= 500 ? "error" : "info", "request", {
      request_id: c.get("requestId"),
      attempt: attempt === 1 ? undefined : attempt,
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

/**
 * Events that were all taken: the queue's stats count them; and a scrape by Prometheus, which comes all the time. A line would cost twice what the request itself does, $0.60 a million
 * (https://developers.cloudflare.com/workers/platform/pricing/#workers-logs), and processor time besides.
 */
function isRoutine(c: AppContext): boolean {
  const { rejected, retry } = c.get("logFields") ?? {};
  const isTaken = c.req.path === "/v1/events" && rejected === 0 && retry === 0;
  return c.res.ok && (isTaken || c.req.path === "/metrics");
}
