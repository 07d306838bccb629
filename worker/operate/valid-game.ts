import { zValidator } from "@hono/zod-validator";
import * as z from "zod";
import { gameIdSchema } from "../events/schemas.ts";
import { Problem } from "../http/problem.ts";

const GAME = "a game is 1–64 of a–z, 0–9, _ and -, beginning with a letter or digit";

/** Lets only a well-formed `:game` pass: it becomes part of an object's name. */
export const validGame = () => gameParam(gameIdSchema, GAME);

/** The same where keys are minted: `*` stands for all games. */
export const validGameOrAll = () =>
  gameParam(z.union([z.literal("*"), gameIdSchema]), `${GAME}, or * for all games`);

const gameParam = (schema: z.ZodType, detail: string) =>
  zValidator("param", z.object({ game: schema }), (result) => {
    if (!result.success) throw new Problem(400, "invalid_game", detail);
  });
