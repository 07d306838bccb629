import { sign, verify } from "hono/jwt";
import * as z from "zod";
import { contextSchema, gameIdSchema } from "../events/schemas.ts";

/** What a key may do: `write` ships in game clients, `server` stays on the studio's machines, `read` sees stats, `admin` may do all. */
export const ROLES = ["write", "server", "read", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** What each role includes. */
const GRANTS: Record<Role, readonly Role[]> = {
  write: ["write"],
  server: ["write", "server"],
  read: ["read"],
  admin: ROLES,
};

/** The id of a key: what logs show and revocation names. */
export const keyIdSchema = z.string().min(1).max(64);

/**
 * What a key says. Stored nowhere: a key is a JWT (HS256) that the collector signed, such as
 * `{ "jti": "5f0c…", "game": "awesome_game", "role": "write", "iat": 1790000000 }`. A player token is one that ends, bound to a
 * player: `{ "jti": "91ab…", "game": "awesome_game", "role": "write", "user": "user_12345", "by": "5f0c…", "iat": …, "exp": … }`.
 */
const claimsSchema = z.object({
  jti: keyIdSchema,
  /** The game that the key is for; `*` for all of them. */
  game: z.union([z.literal("*"), gameIdSchema]),
  role: z.enum(ROLES),
  /** Of a player token: the one player whose events it may send. */
  user: contextSchema.shape.user_id.optional(),
  /** Of a player token: the id of the key that minted it. Revoking that key ends its tokens, too. */
  by: keyIdSchema.optional(),
  /** Seconds since 1970. Absent: the key does not expire. */
  exp: z.number().optional(),
});
export type Claims = z.infer<typeof claimsSchema>;

/** Signs a new key with `secret`. */
export async function mintKey({ game, role }: { game: string; role: Role }, secret: string): Promise<string> {
  return signClaims(claimsSchema.parse({ jti: crypto.randomUUID(), game, role }), secret);
}

/** The key that says so, signed with `secret`. */
export function signClaims(claims: Claims, secret: string): Promise<string> {
  return sign({ ...claims, iat: Math.floor(Date.now() / 1000) }, secret, "HS256");
}

/** The ids that a request stands on: that of its key, and of a player token's the key that minted it. One revoked ends it. */
export function keyIdsOf({ jti, by }: Claims): string[] {
  return by === undefined ? [jti] : [jti, by];
}

/** Whether a key of `role` may do what `needed` may. */
export function grants(role: Role, needed: Role): boolean {
  return GRANTS[role].includes(needed);
}

/** A key that was proved is remembered, so that a client's next request costs no signature. Bounded: forgotten all at once. */
const PROVED_KEYS_MAX = 1_000;
const proved = new Map<string, Claims>();

/**
 * The claims of a key that one of `secrets` signed and that has not expired, else undefined. Forged keys die here, at the
 * edge, without touching storage. The signature is compared in constant time (`crypto.subtle.verify`).
 */
export async function verifyKey(key: string, secrets: readonly string[]): Promise<Claims | undefined> {
  const claims = proved.get(key) ?? (await prove(key, secrets));
  if (claims?.exp !== undefined && claims.exp * 1000 <= Date.now()) return undefined;
  return claims;
}

async function prove(key: string, secrets: readonly string[]): Promise<Claims | undefined> {
  for (const secret of secrets) {
    // A clock that runs ahead where keys are minted must not make a key invalid: `iat` is not checked.
    const payload = await verify(key, secret, { alg: "HS256", iat: false }).catch(() => undefined);
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success) continue;
    if (proved.size >= PROVED_KEYS_MAX) proved.clear();
    proved.set(key, claims.data);
    return claims.data;
  }
  return undefined;
}
