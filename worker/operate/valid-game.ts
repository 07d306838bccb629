import { zValidator } from "@hono/zod-validator";
import * as z from "zod";
import { gameIdSchema } from "../events/schemas.ts";
import { Problem } from "../http/problem.ts";

/** Lets only a well-formed `:game` pass: it becomes part of an object's name. */
export const validGame = () =>
  zValidator("param", z.object({ game: gameIdSchema }), (result) => {
    if (!result.success)
      throw new Problem(
        400,
        "invalid_game",
        "a game is 1–64 of a–z, 0–9, _ and -, beginning with a letter or digit",
      );
  });
