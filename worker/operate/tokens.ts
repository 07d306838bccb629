import * as z from "zod";
import { type Claims, signClaims } from "../auth/keys.ts";
import { askQueue } from "../auth/revoked.ts";
import { contextSchema, gameIdSchema } from "../events/schemas.ts";
import { isoTime } from "../events/time.ts";
import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { readJson } from "./read-json.ts";

const HOUR_S = 60 * 60;
/** A device that is not opened for longer asks its studio's server for another. */
const MAX_EXPIRES_IN_S = 30 * 24 * HOUR_S;

/** What a player token is asked for with. */
export const tokenOrderSchema = z.strictObject({
  user_id: contextSchema.shape.user_id.meta({ description: "the one player whose events it may send" }),
  expires_in: z
    .int("must be a whole number of seconds")
    .min(1, "must be at least 1 s")
    .max(MAX_EXPIRES_IN_S, `may be at most ${MAX_EXPIRES_IN_S} s, 30 days`)
    .default(HOUR_S)
    .meta({ description: "seconds" }),
  game: gameIdSchema.optional().meta({ description: "wanted with a key for all games" }),
});

export const newTokenSchema = z.object({ token: z.string(), expires_at: z.iso.datetime() });

/** `POST /v1/tokens`: a key for one player's own events, which ends by itself, and with the key that minted it. */
export async function mintToken(c: AppContext): Promise<Response> {
  const order = await readJson(c, tokenOrderSchema);
  const minter = c.get("claims");
  const game = gameFor(minter, order.game);
  await askQueue(c, minter, game);
  const exp = Math.floor(Date.now() / 1000) + order.expires_in;
  const claims: Claims = {
    jti: crypto.randomUUID(),
    game,
    role: "write",
    user: order.user_id,
    by: minter.jti,
    exp,
  };
  const [secret = ""] = c.get("config").KEY_SECRETS;
  const token = await signClaims(claims, secret);
  return c.json({ token, expires_at: isoTime(exp * 1000) }, 201, { "Cache-Control": "no-store" });
}

function gameFor({ game: keyGame }: Claims, game = keyGame): string {
  if (game === "*") {
    throw new Problem(
      400,
      "invalid_body",
      "game: is missing: this key is for all games, so name the token's",
    );
  }
  if (keyGame !== "*" && game !== keyGame)
    throw new Problem(403, "wrong_game", "the key is for another game");
  return game;
}
