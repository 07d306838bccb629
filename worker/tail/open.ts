import * as z from "zod";
import { keyIdsOf } from "../auth/keys.ts";
import { protocolsOf, SOCKET_PROTOCOL } from "../auth/require.ts";
import { type EventFilter, eventFilterSchema } from "../events/filter.ts";
import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { reach } from "../http/reach.ts";
import { MAX_SOCKETS } from "./limits.ts";
import type { Opening } from "./session.ts";
import { OPENING_HEADER } from "./tail.ts";
import { tailOf } from "./tail-of.ts";

/** What may stand in the query: a filter, of which an empty part asks for nothing. */
export const tailQuerySchema = z.preprocess(withoutEmpty, eventFilterSchema);

/** `GET /v1/games/:game/tail`: a WebSocket that shows events as they arrive. */
export async function openTail(c: AppContext): Promise<Response> {
  const filter = filterOf(c);
  if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") {
    const detail = "the key is good, and this is a WebSocket: connect to it with wss:// in place of https://";
    throw new Problem(426, "upgrade_required", detail, { Upgrade: "websocket" });
  }
  const claims = c.get("claims");
  const expiresAt = claims.exp === undefined ? null : claims.exp * 1000;
  const { webSocket, status } = await reach(
    "tail",
    "the tail could not be opened: connect again",
    open(c, { filter, keys: keyIdsOf(claims), expiresAt }),
  );
  if (webSocket !== null) return switched(c, webSocket);
  if (status !== 429) throw new Error(`the tail answered ${status}`);
  const detail = `${MAX_SOCKETS} tails of this game are open, which is the most: close one`;
  throw new Problem(429, "too_many_tails", detail, { "Retry-After": "60" });
}

async function open(c: AppContext, opening: Opening): Promise<Response> {
  const headers = { Upgrade: "websocket", [OPENING_HEADER]: encodeURIComponent(JSON.stringify(opening)) };
  return tailOf(c.env, c.req.param("game") ?? "").fetch("https://tail/", { headers });
}

/** A client that names protocols must be told which one is spoken; one that names none, none. */
function switched(c: AppContext, webSocket: WebSocket): Response {
  const headers = new Headers({ "X-Request-Id": c.get("requestId") });
  if (protocolsOf(c).includes(SOCKET_PROTOCOL)) headers.set("Sec-WebSocket-Protocol", SOCKET_PROTOCOL);
  return new Response(null, { status: 101, webSocket, headers });
}

function filterOf(c: AppContext): EventFilter {
  const { success, data, error } = tailQuerySchema.safeParse(c.req.query());
  if (success) return data;
  const [issue] = error.issues;
  throw new Problem(400, "invalid_query", `${issue?.path.join(".")}: ${issue?.message}`);
}

function withoutEmpty(query: unknown): unknown {
  return Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== ""));
}
