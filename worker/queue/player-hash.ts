import { createHash } from "node:crypto";

/**
 * How an erased player is remembered without being named: the hexadecimal SHA-256 of salt, game, a zero byte and the player's id.
 * A game's name holds no zero byte, so that no two players share a text. The salt keeps the hashes of one deployment from being
 * looked up in another's, or in a list made beforehand.
 */
export function playerHash(salt: string, game: string, user: string): string {
  return createHash("sha256").update(`${salt}${game}\0${user}`).digest("hex");
}
