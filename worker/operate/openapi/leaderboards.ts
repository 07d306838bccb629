import { leaderboardQuerySchema } from "../leaderboards.ts";
import { answers, inPath, inQuery, problem, READER_REFUSALS, ref, UNAVAILABLE_BOARDS } from "./parts.ts";

const ENTRY = { rank: 1, value: 4_990, at: "2026-11-21T12:00:00.000Z" };
const [WEEK, USER] = ["2026-W47", "user_12345"];

const PLAYERS = "Or a player token, where the board says `players_may_read`";

/** What players compete in. */
export const leaderboardPaths = () => ({
  "/v1/games/{game}/leaderboards": {
    get: {
      tags: ["Leaderboards"],
      summary: "The game's boards",
      description: `Role: read. As the setting LEADERBOARDS declares them. ${PLAYERS}: it is shown those boards alone.`,
      parameters: inPath("game"),
      responses: {
        200: answers("the boards", ref("Leaderboards"), {
          leaderboards: [
            {
              board: "high_score",
              value: "max(progression.score)",
              where: { status: "complete" },
              period: "week",
              players_may_read: true,
              current: WEEK,
            },
          ],
        }),
        400: problem("no game's name", "invalid_game"),
        ...READER_REFUSALS,
        ...UNAVAILABLE_BOARDS,
      },
    },
  },
  "/v1/games/{game}/leaderboards/{board}": {
    get: {
      tags: ["Leaderboards"],
      summary: "Players by their values",
      description: `Role: read. ${PLAYERS}, with \`around\` for its own player alone. The first 1,000 in their exact order. With \`around\` the player with those above and below: one behind the first 1,000 comes alone, with the rank \`1000+\`; one that is not on the board leaves the list empty. Scores are a few seconds old.`,
      parameters: [...inPath("game", "board"), ...inQuery(leaderboardQuerySchema)],
      responses: {
        200: answers("a page", ref("Leaderboard"), {
          board: "high_score",
          period: WEEK,
          entries: [{ user_id: USER, ...ENTRY }],
          total: 1,
        }),
        400: problem(
          "no game's name, or the query is not what it should be",
          "invalid_game",
          "invalid_query",
        ),
        ...READER_REFUSALS,
        404: problem("the game has no such board", "no_such_board"),
        ...UNAVAILABLE_BOARDS,
      },
    },
  },
  "/v1/games/{game}/users/{user}/stats": {
    get: {
      tags: ["Leaderboards"],
      summary: "A player's values on all boards",
      description: `Role: read. ${PLAYERS}, for its own player alone. In the current periods.`,
      parameters: inPath("game", "user"),
      responses: {
        200: answers("the values", ref("PlayerStats"), {
          user_id: USER,
          boards: [{ board: "high_score", period: WEEK, ...ENTRY }],
        }),
        400: problem("no game's name, or no player's id", "invalid_game", "invalid_user"),
        ...READER_REFUSALS,
        ...UNAVAILABLE_BOARDS,
      },
    },
  },
});
