import { expect, it } from "vitest";
import { readKey } from "./session.ts";

const keyOf = (claims: object) => `head.${btoa(JSON.stringify(claims)).replaceAll("=", "")}.signature`;

it("a key says who is signed in, whatever was pasted around it", () => {
  const key = keyOf({ jti: "5f0c", game: "awesome_game", role: "read", iat: 1 });
  expect(readKey(`\n ${key} `)).toEqual({
    kind: "ok",
    session: { key, id: "5f0c", role: "read", game: "awesome_game" },
  });
});

it.each([
  ["", "Paste a key."],
  ["secret", "This is no key: a key is three parts with a dot between each."],
  ["a.%%.c", "This is no key: a key is three parts with a dot between each."],
  [keyOf({ jti: "1", game: "g", role: "write" }), "A write key may not read. Use one of role read or admin."],
  [keyOf({ jti: "1", role: "admin" }), "This key does not say which game it is for."],
])("%j is refused in words", (text, why) => {
  expect(readKey(text)).toEqual({ kind: "wrong", why });
});
