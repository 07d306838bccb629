import { env, exports } from "cloudflare:workers";
import { mintKey, type Role } from "../auth/keys.ts";
import { requireConfig } from "../config.ts";

/** The game that tests play. */
export const GAME = "awesome_game";

export function key(role: Role = "write", game = GAME): Promise<string> {
  const [secret = ""] = requireConfig(env).KEY_SECRETS;
  return mintKey({ game, role }, secret);
}

/** An event that is plainly accepted; `fields` override. */
export function anEvent(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    event_id: crypto.randomUUID(),
    event_type: "custom",
    name: "boss_defeated",
    user_id: "user_12345",
    session_id: "session_abc123",
    platform: "ios",
    app_version: "1.2.0",
    timestamp: new Date().toISOString(),
    country: "DE",
    ...fields,
  };
}

/** A purchase that is plainly accepted; `fields` override. */
export function aPurchase(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const { name: _, ...event } = anEvent();
  return {
    ...event,
    event_type: "purchase",
    product_id: "coin_pack_1000",
    product_name: "1000 Gold Coins",
    price: "4.99",
    currency: "USD",
    store: "app_store",
    ...fields,
  };
}

/** Calls the Worker, as `role`. */
export async function call(
  method: string,
  path: string,
  { role = "write", game = GAME, ...init }: RequestInit & { role?: Role; game?: string } = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (!headers.has("Authorization")) headers.set("Authorization", `Bearer ${await key(role, game)}`);
  return exports.default.fetch(`https://collector.test${path}`, { ...init, method, headers });
}

/** Calls the Worker with `key`, with a body as JSON where there is one. */
export function callWith(key: string, method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  return call(method, path, { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

/** The bindings, but that no call reaches the queues of which `isDown` says so. */
export function withQueuesDown(isDown: (name: string) => boolean): Env {
  const down = new Proxy({}, { get: () => () => Promise.reject(new Error("the queue is down")) });
  const getByName = (name: string) => (isDown(name) ? down : env.GAME_QUEUE.getByName(name));
  return { ...env, GAME_QUEUE: { getByName } as Env["GAME_QUEUE"] };
}

/** Posts a body to /v1/events as JSON. */
export function post(body: unknown, init: RequestInit & { game?: string } = {}): Promise<Response> {
  const headers = { "Content-Type": "application/json", ...(init.headers as Record<string, string>) };
  return call("POST", "/v1/events", { ...init, headers, body: JSON.stringify(body) });
}
