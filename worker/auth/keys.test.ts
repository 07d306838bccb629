import { sign } from "hono/jwt";
import { describe, expect, it, vi } from "vitest";
import { type Claims, grants, keyIdsOf, mintKey, ROLES, signClaims, verifyKey } from "./keys.ts";

const OLD = "an-old-secret-that-is-long-enough-for-HS256";
const NEW = "a-new-secret-that-is-long-enough-for-HS256";

describe("a key", () => {
  it("says its game and its role", async () => {
    const key = await mintKey({ game: "awesome_game", role: "read" }, NEW);
    expect(await verifyKey(key, [NEW])).toEqual({
      jti: expect.any(String),
      game: "awesome_game",
      role: "read",
    });
  });

  it("signed with the secret before is good while secrets rotate, and not after", async () => {
    const key = await mintKey({ game: "*", role: "admin" }, OLD);
    expect(await verifyKey(key, [NEW])).toBeUndefined();
    expect(await verifyKey(key, [NEW, OLD])).toBeDefined();
  });

  it("of another's making is worth nothing", async () => {
    const key = await mintKey({ game: "awesome_game", role: "write" }, NEW);
    const [header, , signature] = key.split(".");
    const claims = btoa(JSON.stringify({ jti: "x", game: "*", role: "admin" })).replaceAll("=", "");
    const none = btoa(JSON.stringify({ alg: "none", typ: "JWT" })).replaceAll("=", "");
    for (const forged of [
      `${header}.${claims}.${signature}`,
      `${none}.${claims}.`,
      `${key}x`,
      "",
      "a.b.c",
      "💥",
    ]) {
      expect(await verifyKey(forged, [NEW])).toBeUndefined();
    }
  });

  it("signed by any other algorithm is worth nothing, though with the right secret", async () => {
    const claims = { jti: "x", game: "*", role: "admin" };
    for (const algorithm of ["HS384", "HS512"] as const) {
      expect(await verifyKey(await sign(claims, NEW, algorithm), [NEW])).toBeUndefined();
    }
    // With a public key one could be tricked into taking it for the secret: there is none, and no algorithm that has one is looked at.
    const signed = await sign(claims, NEW, "HS256");
    const asymmetric = btoa(JSON.stringify({ alg: "RS256", typ: "JWT" })).replaceAll("=", "");
    expect(await verifyKey(signed.replace(/^[^.]+/, asymmetric), [NEW])).toBeUndefined();
  });

  it("is compared by the platform, in constant time", async () => {
    const verifying = vi.spyOn(crypto.subtle, "verify");
    expect(await verifyKey(await mintKey({ game: "g", role: "read" }, OLD), [NEW])).toBeUndefined();
    expect(verifying).toHaveBeenCalledOnce();
    verifying.mockRestore();
  });

  it("of any length is looked at, and worth nothing", async () => {
    for (const key of ["x".repeat(1_000_000), `${"x.".repeat(500_000)}`]) {
      expect(await verifyKey(key, [NEW])).toBeUndefined();
    }
  });

  it("of unknown claims is worth nothing, though the signature is right", async () => {
    for (const claims of [
      {},
      { jti: "x", game: "g", role: "root" },
      { jti: "x", game: "../g", role: "write" },
    ]) {
      expect(await verifyKey(await sign(claims, NEW, "HS256"), [NEW])).toBeUndefined();
    }
  });

  it("that has expired is refused, also where it was proved before", async () => {
    const exp = Math.floor(Date.now() / 1000);
    const claims = { jti: "x", game: "g", role: "write" };
    expect(await verifyKey(await sign({ ...claims, exp }, NEW, "HS256"), [NEW])).toBeUndefined();
    expect(await verifyKey(await sign({ ...claims, exp: exp + 60 }, NEW, "HS256"), [NEW])).toBeDefined();
  });

  it("cannot be minted for what is no game", async () => {
    await expect(async () => mintKey({ game: "No Game", role: "write" }, NEW)).rejects.toThrow();
  });
});

describe("a player token", () => {
  const claims: Claims = { jti: "token", game: "g", role: "write", user: "user_12345", by: "server-key" };

  it("says its player, and stands on the key that minted it", async () => {
    expect(await verifyKey(await signClaims(claims, NEW), [NEW])).toEqual(claims);
    expect(keyIdsOf(claims)).toEqual(["token", "server-key"]);
    expect(keyIdsOf({ jti: "key", game: "g", role: "write" })).toEqual(["key"]);
  });
});

it("roles grant what they should and no more", () => {
  const granted = ROLES.map((role) => [role, ROLES.filter((needed) => grants(role, needed))]);
  expect(granted).toEqual([
    ["write", ["write"]],
    ["server", ["write", "server"]],
    ["read", ["read"]],
    ["admin", ["write", "server", "read", "admin"]],
  ]);
});
