/** A key for one player's own events, as the collector minted it. */
export interface PlayerToken {
  token: string;
  /** RFC 3339: the game asks for another before then. */
  expires_at: string;
}

/** Asks for a player's token. Rejects where the collector gives none. */
export type MintToken = (player: string) => Promise<PlayerToken>;

const LIFE_SECONDS = 3_600;
const TIMEOUT_MS = 5_000;

/**
 * Mints player tokens with the studio's `server` key, which never leaves this machine. A player who takes a token out of the game can send
 * nothing but their own events with it, for an hour.
 */
export function createTokenSource({ url, key }: { url: string; key: string }): MintToken {
  return async function mintToken(player) {
    const response = await fetch(`${url}/v1/tokens`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ user_id: player, expires_in: LIFE_SECONDS }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`no token: ${response.status} ${await response.text()}`);
    return (await response.json()) as PlayerToken;
  };
}
