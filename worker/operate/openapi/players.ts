import { answers, inPath, problem, REFUSALS, ref, UNAVAILABLE } from "./parts.ts";

const ERASURE = {
  erasure_id: "0b9e3c55-7d0f-4a3b-9a51-6f2f6d1c8e07",
  requested_at: "2026-12-01T09:00:00.000Z",
  events_purged: 17,
};

/** Players: erase them, and show that it was done. */
export const playerPaths = () => ({
  "/v1/games/{game}/users/{user}": {
    delete: {
      tags: ["Privacy"],
      summary: "Erase a player",
      description:
        "Role: admin. Takes the player's events out of every queue and the player off the leaderboards, keeps no new ones from now on, and tells the warehouse. Asked again it is the same erasure; after a 503 ask again until it is 200.",
      parameters: inPath("game", "user"),
      responses: {
        200: answers("the player is erased", ref("ErasureAnswer"), { ...ERASURE, queues: 1 }),
        400: problem("no game's name, or no player's id", "invalid_game", "invalid_user"),
        ...REFUSALS,
        503: problem(
          "not done, or not all of it, send the same again after Retry-After: a queue, the leaderboards or the registry cannot be reached, or the settings are wrong",
          "queue_unreachable",
          "leaderboards_unreachable",
          "registry_unreachable",
          "wrong_settings",
        ),
      },
    },
  },
  "/v1/games/{game}/erasures": {
    get: {
      tags: ["Privacy"],
      summary: "List a game's erasures",
      description: "Role: admin. When and by whom, but not whose.",
      parameters: inPath("game"),
      responses: {
        200: answers("the erasures, the oldest first", ref("Erasures"), {
          erasures: [
            {
              ...ERASURE,
              hash: "115116a76296ec133639c22a4caa9566869a0e9159b02ae65ff0e06eb0c27c6e",
              requested_by: "77aa2c9d-3f4b-4c1e-9d6a-0b8f5e7c1a23",
              announced: true,
            },
          ],
        }),
        400: problem("no game's name", "invalid_game"),
        ...REFUSALS,
        ...UNAVAILABLE,
      },
    },
  },
});
