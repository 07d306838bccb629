import * as z from "zod";
import { BOARD_PERIODS, type Board, boardsOfGame } from "../events/board.ts";
import { contextSchema } from "../events/schemas.ts";
import { isoTime } from "../events/time.ts";
import type { AppContext } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { reach } from "../http/reach.ts";
import { type Entry, MAX_RANK, type Page } from "../leaderboards/boards.ts";
import { boardsOf } from "../leaderboards/boards-of.ts";
import { endOf, periodOf } from "../leaderboards/period.ts";
import type { Contest } from "../leaderboards/standings.ts";
import { playerOf } from "./player-id.ts";
import { readQuery } from "./read-query.ts";

const period = z.string().meta({ description: "2026-11-21, 2026-W47 (ISO 8601, in UTC) or all" });
const rank = z
  .union([z.int().min(1).max(MAX_RANK), z.literal(`${MAX_RANK}+`)])
  .meta({ description: `exact up to ${MAX_RANK}; of equals the earlier is ahead` });
const value = z.number().meta({ description: "to 15 digits" });
const at = z.iso.datetime().meta({ description: "when it was reached, by the event's own time" });

/** `GET /v1/games/:game/leaderboards`: the boards of a game. */
export const leaderboardsSchema = z.object({
  leaderboards: z.array(
    z.object({
      board: z.string(),
      value: z.string(),
      where: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      period: z.enum(BOARD_PERIODS),
      players_may_read: z.boolean().meta({ description: "also with player tokens" }),
      current: period,
    }),
  ),
});

/** `GET /v1/games/:game/leaderboards/:board`: players in the order of their values. */
export const leaderboardSchema = z.object({
  board: z.string(),
  period,
  entries: z.array(z.object({ rank, user_id: z.string(), value, at })),
  total: z.int().min(0).meta({ description: "players on the board in that period" }),
});

/** `GET /v1/games/:game/users/:user/stats`: a player's values. */
export const playerStatsSchema = z.object({
  user_id: z.string(),
  boards: z
    .array(z.object({ board: z.string(), period, rank, value, at }))
    .meta({ description: "in the current periods; boards that the player is not on are left out" }),
});

export const leaderboardQuerySchema = z.strictObject({
  period: z
    .string()
    .max(10)
    .optional()
    .meta({ description: "2026-11-21, 2026-W47 or all, as the board has it; left out: the current one" }),
  limit: z.coerce.number("must be a number").int().min(1).max(MAX_RANK).default(100),
  after: z.coerce
    .number("must be a number")
    .int()
    .min(0)
    .max(MAX_RANK)
    .default(0)
    .meta({ description: "the last rank of the page before" }),
  around: contextSchema.shape.user_id
    .optional()
    .meta({ description: "a player: in place of a page, that one with those above and below" }),
  n: z.coerce
    .number("must be a number")
    .int()
    .min(0)
    .max(100)
    .default(5)
    .meta({ description: "how many above and below, with around" }),
});

/** `GET /v1/games/:game/leaderboards` */
export function listLeaderboards(c: AppContext): Response {
  const now = Date.now();
  const leaderboards = boardsIn(c).map(({ name, value, where, period, players_may_read }) => ({
    board: name,
    value,
    where,
    period,
    players_may_read,
    current: periodOf(period, now),
  }));
  return c.json({ leaderboards } satisfies z.infer<typeof leaderboardsSchema>);
}

/** `GET /v1/games/:game/leaderboards/:board` */
export async function showLeaderboard(c: AppContext): Promise<Response> {
  const board = boardOf(c);
  const {
    period = periodOf(board.period, Date.now()),
    limit,
    after,
    around,
    n,
  } = readQuery(c, leaderboardQuerySchema);
  if (endOf(board.period, period) === undefined) throw notOfBoard(board);
  if (around !== undefined) requireOwn(c, around);
  const boards = boardsOf(c.env, gameOf(c));
  const contest = contestOf(board, period);
  const asking =
    around === undefined ? boards.page(contest, after, limit) : boards.around(contest, around, n);
  const { entries, total } = await reach<Page>(
    "leaderboards",
    "the board could not be read: ask again",
    asking,
  );
  const shown = entries.map(({ user, ...entry }) => ({ user_id: user, ...shownOf(entry) }));
  return c.json({ board: board.name, period, entries: shown, total } satisfies z.infer<
    typeof leaderboardSchema
  >);
}

/** `GET /v1/games/:game/users/:user/stats` */
export async function playerStats(c: AppContext): Promise<Response> {
  const [user, now] = [playerOf(c), Date.now()];
  requireOwn(c, user);
  const contests = boardsIn(c).map((board) => contestOf(board, periodOf(board.period, now)));
  const asking = contests.length === 0 ? Promise.resolve([]) : boardsOf(c.env, gameOf(c)).of(contests, user);
  const entries = await reach<(Entry | null)[]>(
    "leaderboards",
    "the boards could not be read: ask again",
    asking,
  );
  const boards = boardsIn(c).flatMap(({ name, period }, place) => {
    const entry = entries[place];
    return entry ? [{ board: name, period: periodOf(period, now), ...shownOf(entry) }] : [];
  });
  return c.json({ user_id: user, boards } satisfies z.infer<typeof playerStatsSchema>);
}

function shownOf({ rank, value, at }: Omit<Entry, "user">) {
  return { rank: rank ?? (`${MAX_RANK}+` as const), value, at: isoTime(at) };
}

function contestOf({ id, fn }: Board, period: string): Contest {
  return { board: id, fn, period };
}

const gameOf = (c: AppContext) => c.req.param("game") ?? "";

/** Those that the key may read. */
function boardsIn(c: AppContext): readonly Board[] {
  const boards = boardsOfGame(c.get("config").LEADERBOARDS, gameOf(c));
  const isPlayer = c.get("claims").user !== undefined;
  return isPlayer ? boards.filter(({ players_may_read }) => players_may_read) : boards;
}

/** A player may look for themselves alone: whoever is on no list is nobody else's business. */
function requireOwn(c: AppContext, user: string): void {
  const { user: own } = c.get("claims");
  if (own === undefined || own === user) return;
  throw new Problem(403, "wrong_user", "a player token may ask for its own player alone");
}

function boardOf(c: AppContext): Board {
  const boards = boardsIn(c);
  const board = boards.find(({ name }) => name === c.req.param("board"));
  if (board !== undefined) return board;
  const names = boards.map(({ name }) => name).join(", ");
  const detail =
    names === ""
      ? "there are no boards that this key may read: the setting LEADERBOARDS declares them"
      : `the boards that this key may read are ${names}`;
  throw new Problem(404, "no_such_board", detail);
}

function notOfBoard({ name, period }: Board): Problem {
  const example = periodOf(period, Date.now());
  return new Problem(400, "invalid_query", `period: of ${name} it is by ${period}, such as ${example}`);
}
