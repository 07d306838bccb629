import type { Role } from "./types.ts";

/** Who is signed in: a key, and what it says of itself. Whether it is good, the collector alone decides. */
export interface Session {
  key: string;
  /** The key's id: what the audit and the list of keys name it by. */
  id: string;
  role: Extract<Role, "read" | "admin">;
  /** The key's game; `*` for all of them. */
  game: string;
}

export type KeyReading = { kind: "ok"; session: Session } | { kind: "wrong"; why: string };

/** The tab's own storage: gone with it, and not shared with others. */
const STORED_AS = "playtrail.key";

/** Reads what a key says, without proving it. */
export function readKey(text: string): KeyReading {
  const key = text.trim();
  if (key === "") return { kind: "wrong", why: "Paste a key." };
  const claims = claimsOf(key);
  if (claims === undefined)
    return { kind: "wrong", why: "This is no key: a key is three parts with a dot between each." };
  const { jti, game, role } = claims;
  if (role !== "read" && role !== "admin") {
    return { kind: "wrong", why: `A ${String(role)} key may not read. Use one of role read or admin.` };
  }
  if (typeof jti !== "string" || typeof game !== "string") {
    return { kind: "wrong", why: "This key does not say which game it is for." };
  }
  return { kind: "ok", session: { key, id: jti, role, game } };
}

/** The session that this tab had before it was reloaded. */
export function storedSession(storage: Storage): Session | undefined {
  const reading = readKey(storage.getItem(STORED_AS) ?? "");
  return reading.kind === "ok" ? reading.session : undefined;
}

export function storeSession(storage: Storage, { key }: Session): void {
  storage.setItem(STORED_AS, key);
}

export function forgetSession(storage: Storage): void {
  storage.removeItem(STORED_AS);
}

/** The middle part of a JWT: JSON in base64url. */
function claimsOf(key: string): Record<string, unknown> | undefined {
  const [, payload, signature, more] = key.split(".");
  if (payload === undefined || signature === undefined || more !== undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
      c.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
