import { zValidator } from "@hono/zod-validator";
import * as z from "zod";
import { gameIdSchema } from "../events/schemas.ts";
import { Problem } from "../http/problem.ts";

const GAME = "a game is 1–64 of a–z, 0–9, _ and -, beginning with a letter or digit";

/**
 * Lets only a well-formed `:game` pass, or one of `others`, which stand for what is no game: it becomes part of an object's name. They
 * need no check of their own: no key is for them but one for all games.
 */
export const validGame = (...others: string[]) =>
  zValidator("param", z.object({ game: z.union([z.enum(others), gameIdSchema]) }), (result) => {
    if (!result.success) throw new Problem(400, "invalid_game", [GAME, ...others].join(", or "));
  });
