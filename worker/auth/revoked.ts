import type { MiddlewareHandler } from "hono";
import type { App, AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { reach } from "../http/reach.ts";
import { registryOf } from "../queue/registry.ts";
import { queueChooser, queueNamed } from "../queue/shards.ts";
import { type Claims, keyIdsOf } from "./keys.ts";

/** The answer to a key that was revoked, wherever that is found out. */
export function revokedKey(): Problem {
  const detail =
    "the key was revoked, or the one that minted it: ask whoever runs this collector for another";
  return new Problem(401, "revoked_key", detail, { "WWW-Authenticate": "Bearer" });
}

/** Throws where the registry says that a key is revoked for a game: for operators' calls, which are few. */
export async function askRegistry(env: Env, claims: Claims, game = claims.game): Promise<void> {
  const asking = registryOf(env).isRevoked(game, keyIdsOf(claims));
  const detail = "whether the key is revoked could not be found out: send the same again";
  if (await reach("registry", detail, asking)) throw revokedKey();
}

/**
 * Throws where a queue of the game refuses a key: for calls as frequent as a studio has players, which one registry could not
 * answer. All queues of a game know the same: one near the caller is asked. A key for all games that names none yet has no queue
 * to be asked.
 */
export async function askQueue(c: AppContext, claims: Claims, game = claims.game): Promise<void> {
  if (game === "*") return askRegistry(c.env, claims);
  const queueOf = queueChooser(c.req.raw.cf?.continent, c.get("config").GAME_SHARDS);
  const asking = queueNamed(c.env, queueOf(game, claims.jti)).admits(keyIdsOf(claims));
  const detail = "whether the key is revoked could not be found out: send the same again";
  if (!(await reach("queue", detail, asking))) throw revokedKey();
}

/** Lets a request through whose key is not revoked, for calls of operators and players alike: there may be too many players for the registry. */
export function requireUnrevoked(): MiddlewareHandler<App> {
  return async function requireUnrevoked(c, next) {
    const [claims, game] = [c.get("claims"), c.req.param("game")];
    await (claims.user === undefined ? askRegistry(c.env, claims, game) : askQueue(c, claims, game));
    await next();
  };
}

/** Lets a request through whose key its queue does not refuse. */
export function requireAdmitted(): MiddlewareHandler<App> {
  return async function requireAdmitted(c, next) {
    await askQueue(c, c.get("claims"));
    await next();
  };
}
