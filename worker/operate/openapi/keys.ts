import {
  answers,
  BODY_REFUSALS,
  inPath,
  problem,
  REFUSALS,
  ref,
  SIZE_REFUSALS,
  takes,
  UNAVAILABLE,
  unreadable,
} from "./parts.ts";

const KEY = {
  id: "5f0c1c1e-9f5a-4f0c-8b0e-2f4e6a7c8d90",
  role: "write",
  name: "ios 1.4",
  created_at: "2026-11-21T12:00:00.000Z",
};
const ADMIN = "77aa2c9d-3f4b-4c1e-9d6a-0b8f5e7c1a23";
const HISTORY = { created_by: ADMIN, revoked_at: null, revoked_by: null };
const REVOKED = { ...KEY, ...HISTORY, revoked_at: "2026-12-01T09:00:00.000Z", revoked_by: ADMIN };

const INVALID_GAME = { 400: problem("neither a game's name nor *", "invalid_game") };

/** Keys: list, mint, revoke. */
export const keyPaths = () => ({
  "/v1/games/{game}/keys": {
    get: {
      tags: ["Keys"],
      summary: "List a game's keys",
      description: "Role: admin. Also those that are revoked; none of them can be shown again.",
      parameters: inPath("game"),
      responses: {
        200: answers("the keys, the oldest first", ref("KnownKeys"), { keys: [{ ...KEY, ...HISTORY }] }),
        ...INVALID_GAME,
        ...REFUSALS,
        ...UNAVAILABLE,
      },
    },
    post: {
      tags: ["Keys"],
      summary: "Mint a key",
      description: "Role: admin. The game `*` stands for all games: it takes an admin key for all games.",
      parameters: inPath("game"),
      requestBody: takes(ref("KeyOrder"), {
        game: { summary: "To ship in a game", value: { role: "write", name: "ios 1.4" } },
        server: { summary: "For a studio's server", value: { role: "server" } },
      }),
      responses: {
        201: answers("the key, this once", ref("NewKey"), {
          ...KEY,
          key: "eyJhbGciOiJIUzI1NiJ9…",
          game: "awesome_game",
        }),
        400: unreadable("invalid_game"),
        ...REFUSALS,
        ...SIZE_REFUSALS,
        415: BODY_REFUSALS[415],
        ...UNAVAILABLE,
      },
    },
  },
  "/v1/games/{game}/keys/{id}": {
    delete: {
      tags: ["Keys"],
      summary: "Revoke a key",
      description:
        "Role: admin. From the answer on every request with it is refused, and with any player token that it minted. Asked again it changes nothing; after a 503 ask again until it is 200.",
      parameters: inPath("game", "id"),
      responses: {
        200: answers("it is revoked, and every queue knows", ref("KnownKey"), REVOKED),
        400: problem("no game's name, or no key's id", "invalid_game", "invalid_key_id"),
        ...REFUSALS,
        409: problem("the key asks to revoke itself", "own_key"),
        ...UNAVAILABLE,
      },
    },
  },
});
