import type { MiddlewareHandler } from "hono";
import type { App, AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { type Claims, grants, type Role, verifyKey } from "./keys.ts";
import { askRegistry } from "./revoked.ts";

/** Lets a request through whose key may do what `role` may, for the game that its path names, and is not revoked. */
export function requireRole(role: Role): MiddlewareHandler<App> {
  return async function requireRole(c, next) {
    await askRegistry(c.env, await identify(c, role), c.req.param("game"));
    await next();
  };
}

/**
 * The same without asking whether the key is revoked, for the calls of games and studios' servers: there are too many for the
 * registry. Who takes such a call must ask a queue (`askQueue`), or hand it the key's ids with what it is to take.
 */
export function requireSender(role: "write" | "server"): MiddlewareHandler<App> {
  return async function requireSender(c, next) {
    await identify(c, role);
    await next();
  };
}

/**
 * For what players may read, too: takes a `read` key or a player token, of which whoever takes such a call must show no more than its
 * player may see. Without asking whether it is revoked: `requireUnrevoked`, once it is known that there are not too many calls.
 */
export function requireReader(): MiddlewareHandler<App> {
  return async function requireReader(c, next) {
    const claims = await claimsOf(c, keyOfHeader(c));
    admit(claims, claims.user === undefined ? "read" : "write", c.req.param("game"));
    c.set("claims", claims);
    await next();
  };
}

/**
 * The same for `POST /v1/events`, where a key may also stand in the query, so that a browser needs no preflight and a beacon can
 * be sent. Only a `write` key or a player token: query strings end up in logs that are not ours.
 */
export function requireWriter(): MiddlewareHandler<App> {
  const byHeader = requireSender("write");
  return async function requireWriter(c, next) {
    const key = c.req.query("key");
    if (key === undefined || c.req.header("Authorization") !== undefined) return byHeader(c, next);
    const claims = await claimsOf(c, key);
    if (claims.role !== "write")
      throw new Problem(
        403,
        "wrong_role",
        "in ?key= only a write key or a player token is taken: send others as Authorization: Bearer",
      );
    c.set("claims", claims);
    return next();
  };
}

/**
 * As `requireRole`, for a WebSocket: a browser's can set no header, but name protocols (`SOCKET_PROTOCOL`, `bearer.<key>`). Never
 * the query, which ends up in logs. No cookie is looked at: another site's page cannot open a socket with its visitor's rights.
 */
export function requireSocketRole(role: Role): MiddlewareHandler<App> {
  return async function requireSocketRole(c, next) {
    const claims = await identify(c, role, keyOfHeader(c) ?? keyOfProtocols(c));
    await askRegistry(c.env, claims, c.req.param("game"));
    await next();
  };
}

/** The protocol that a tail speaks. */
export const SOCKET_PROTOCOL = "playtrail.tail";

/** The protocols that a client names: https://www.rfc-editor.org/rfc/rfc6455#section-1.9 */
export function protocolsOf(c: AppContext): string[] {
  return (c.req.header("Sec-WebSocket-Protocol") ?? "").split(",").map((name) => name.trim());
}

function keyOfProtocols(c: AppContext): string | undefined {
  return protocolsOf(c)
    .find((name) => name.startsWith("bearer."))
    ?.slice("bearer.".length);
}

function keyOfHeader(c: AppContext): string | undefined {
  return c.req.header("Authorization")?.match(/^Bearer +(\S+)$/i)?.[1];
}

async function identify(c: AppContext, role: Role, key = keyOfHeader(c)): Promise<Claims> {
  const claims = await claimsOf(c, key);
  admit(claims, role, c.req.param("game"));
  c.set("claims", claims);
  return claims;
}

async function claimsOf(c: AppContext, key: string | undefined): Promise<Claims> {
  const claims = key === undefined ? undefined : await verifyKey(key, c.get("config").KEY_SECRETS);
  if (claims) return claims;
  const detail =
    key === undefined
      ? "send your key as Authorization: Bearer <key>"
      : "the key is not one of this collector's, or it has expired";
  throw new Problem(401, "invalid_key", detail, { "WWW-Authenticate": "Bearer" });
}

function admit(claims: Claims, role: Role, game: string | undefined): void {
  if (!grants(claims.role, role)) {
    throw new Problem(403, "wrong_role", `this needs a key of role ${role}; the key's is ${claims.role}`);
  }
  if (game !== undefined && claims.game !== "*" && claims.game !== game) {
    throw new Problem(403, "wrong_game", "the key is for another game");
  }
}
