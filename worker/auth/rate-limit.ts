import type { MiddlewareHandler } from "hono";
import type { App } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { countRateLimited } from "../metrics/rate-limited.ts";
import type { RateLimit } from "../queue/tally.ts";
import type { Claims } from "./keys.ts";

/** What the platform counts a minute's requests by. `wrangler.toml` says how many each limit allows, and why. */
interface Counted {
  limit: RateLimit;
  by: string;
}

const BINDINGS = {
  player: "PLAYER_RATE_LIMIT",
  write: "WRITE_RATE_LIMIT",
  server: "SERVER_RATE_LIMIT",
} as const satisfies Record<Counted["limit"], keyof Env>;

/** The limits' period in `wrangler.toml`. */
const PERIOD_S = 60;

/** Refuses a request over its key's limit before its body is read, which costs more than all before it. */
export function limitRate(): MiddlewareHandler<App> {
  return async function limitRate(c, next) {
    const claims = c.get("claims");
    const counted = countedBy(claims, c.req.header("CF-Connecting-IP"));
    if (counted === undefined || (await isWithin(c.env, counted))) return next();
    c.set("logFields", { rate_limited: counted.limit });
    countRateLimited(claims.game, counted.limit);
    const retryAfterS = secondsLeft(Date.now());
    const detail = `too many requests for this ${NOUNS[counted.limit]}: send fewer, fuller batches, and the same again in ${retryAfterS} s`;
    throw new Problem(429, "rate_limited", detail, { "Retry-After": String(retryAfterS) });
  };
}

const NOUNS: Record<Counted["limit"], string> = {
  player: "player",
  write: "key and IP address",
  server: "key",
};

/** A token counts by its player, so that minting another gives no more; a key that ships in a game by where it is used, too. */
export function countedBy({ game, role, user, jti }: Claims, ip = ""): Counted | undefined {
  if (user !== undefined) return { limit: "player", by: `${game}/${user}` };
  if (role === "write") return { limit: "write", by: `${jti}/${ip}` };
  return role === "server" ? { limit: "server", by: jti } : undefined;
}

/** Without the platform's counters, as in the bench, nothing is limited; nor while they do not answer: no event is lost for that. */
async function isWithin(bindings: Partial<Env>, { limit, by }: Counted): Promise<boolean> {
  const outcome = await bindings[BINDINGS[limit]]?.limit({ key: by }).catch(() => undefined);
  return outcome?.success ?? true;
}

/** Seconds to the end of the minute, when the platform begins to count anew. */
export function secondsLeft(now: number): number {
  return PERIOD_S - (Math.floor(now / 1000) % PERIOD_S);
}
