import { Problem } from "../http/problem.ts";

/** The answer to a key that was revoked, wherever that is found out. */
export function revokedKey(): Problem {
  const detail =
    "the key was revoked, or the one that minted it: ask whoever runs this collector for another";
  return new Problem(401, "revoked_key", detail, { "WWW-Authenticate": "Bearer" });
}
