import { createHmac } from "node:crypto";
import { type Claims, type Role, signClaims } from "../../worker/auth/keys.ts";

/** The games that the run is about. The last is a name that every JavaScript object knows. */
export const GAMES = ["fuzz_game", "other_game", "constructor"] as const;
export const GAME = GAMES[0];

/** Whoever sends a request, by the key that they have. */
export interface Person {
  name: string;
  /** Undefined: none. */
  key: string | undefined;
  /** Whether the key is one of the collector's, and good. */
  role?: Role;
  game?: string;
  /** Of a player token: whose. */
  player?: string;
}

/** The ids of keys that the run may revoke. */
export const REVOCABLE = ["fuzz-victim-1", "fuzz-victim-2", "fuzz-self"] as const;

/** No log line may ever hold one of these. */
export const PLAYERS = Array.from({ length: 40 }, (_, n) => `canary-player-${n}`);

/** Players that the run may erase: the others go on. */
export const ERASABLE = PLAYERS.slice(0, 8);

const IN_AN_HOUR = 3_600;

/** One of every kind of key that the collector takes, and of those that it must not. */
export async function peopleOf(secret: string): Promise<Person[]> {
  const now = Math.floor(Date.now() / 1_000);
  const signed = (claims: Claims, by = secret) => signClaims(claims, by);
  const holder = async (jti: string, game: string, role: Role, more: Partial<Claims> = {}) => ({
    name: jti,
    role,
    game,
    key: await signed({ jti, game, role, ...more }),
  });
  const stranger = (name: string, key: string | undefined): Person => ({ name, key });
  const roles: Role[] = ["write", "server", "read", "admin"];
  const token = { user: `${PLAYERS[0]}`, by: "fuzz-server", exp: now + IN_AN_HOUR };
  const good = await signed({ jti: "fuzz-write", game: GAME, role: "write" });
  const [header = "", payload = "", signature = ""] = good.split(".");
  const admin = base64({ jti: "fuzz-write", game: "*", role: "admin" });
  return [
    ...(await Promise.all(roles.map((role) => holder(`fuzz-${role}`, GAME, role)))),
    ...(await Promise.all(roles.map((role) => holder(`other-${role}`, GAMES[1], role)))),
    ...(await Promise.all(roles.map((role) => holder(`all-${role}`, "*", role)))),
    { ...(await holder("fuzz-token", GAME, "write", token)), player: token.user },
    await holder("fuzz-victim-1", GAME, "write"),
    await holder("fuzz-self", GAME, "admin"),
    stranger("nobody", undefined),
    stranger("expired", await signed({ jti: "gone", game: GAME, role: "admin", exp: now - 60 })),
    stranger(
      "other secret",
      await signed({ jti: "x", game: "*", role: "admin" }, "a-secret-that-is-not-the-collector's-own"),
    ),
    stranger("alg none", `${base64({ alg: "none", typ: "JWT" })}.${admin}.`),
    stranger("alg None, signed", forged(secret.slice(1), { alg: "None" }, admin)),
    stranger("HS512 with the secret", forged(secret, { alg: "HS512" }, admin, "sha512")),
    stranger("RS256", `${base64({ alg: "RS256", typ: "JWT" })}.${admin}.${signature}`),
    stranger("tampered claims", `${header}.${admin}.${signature}`),
    stranger("cut signature", `${header}.${payload}.${signature.slice(0, 10)}`),
    stranger("no signature", `${header}.${payload}`),
    stranger("four parts", `${good}.${signature}`),
    stranger("claims are no claims", await sign(secret, "[]")),
    stranger("unknown role", await sign(secret, '{"jti":"x","game":"*","role":"__proto__"}')),
    stranger("inherited role", await sign(secret, '{"__proto__":{"jti":"x","game":"*","role":"admin"}}')),
    stranger("garbage", "garbage"),
    stranger("dots", "..."),
    stranger("bytes", "\u00ff.\u00fe.\u00fd"),
    stranger("long", "x".repeat(7_000)),
  ];
}

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function forged(secret: string, header: object, payload: string, hash = "sha256"): string {
  const signedPart = `${base64({ typ: "JWT", ...header })}.${payload}`;
  return `${signedPart}.${createHmac(hash, secret).update(signedPart).digest("base64url")}`;
}

/** What only the collector itself could sign. */
async function sign(secret: string, claims: string): Promise<string> {
  return forged(secret, { alg: "HS256" }, Buffer.from(claims).toString("base64url"));
}
