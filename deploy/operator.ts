import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { IngestAnswer } from "../sdk/events.ts";
import { type Role, signClaims } from "../worker/auth/keys.ts";
import type { QueueStats } from "../worker/queue/stats.ts";
import type { Patience } from "./readiness.ts";

/** What an operator does in a collector that was just deployed. Each rejects with the collector's own words where it refuses. */
export interface Operator {
  /** How many keys of the game are known and not revoked. */
  countKeys(): Promise<number>;
  mint(role: Role): Promise<{ id: string; key: string }>;
  /** Sends the one test event of this game. Resolves once the collector has it on disk. */
  sendTestEvent(): Promise<void>;
  /** Delivers what waits, and says how the queue is then. */
  flush(): Promise<QueueStats>;
}

/** The collector refused: the message is its own. */
export class Refused extends Error {
  override name = "Refused";
}

/** Long enough for a setup, and worth nothing to whoever might find it afterwards. */
const KEY_LASTS_S = 600;

/** Whoever knows the secret that keys are signed with may make a key for themselves. It is never shown, and ends by itself. */
export async function createOperator(
  url: string,
  game: string,
  secret: string,
  { withinMs, pauseMs }: Patience,
): Promise<Operator> {
  const exp = Math.floor(Date.now() / 1000) + KEY_LASTS_S;
  const key = await signClaims({ jti: randomUUID(), game, role: "admin", exp }, secret);
  const deadline = performance.now() + withinMs;

  async function ask<Answer>(method: "GET" | "POST", path: string, body?: object): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    // A secret that was set a moment ago is not everywhere yet.
    if (response.status === 401 && performance.now() < deadline) {
      await sleep(pauseMs);
      return ask(method, path, body);
    }
    if (!response.ok)
      throw new Refused(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  return {
    async countKeys() {
      const { keys } = await ask<{ keys: { revoked_at: string | null }[] }>("GET", `/v1/games/${game}/keys`);
      return keys.filter(({ revoked_at }) => revoked_at === null).length;
    },
    mint: (role) => ask("POST", `/v1/games/${game}/keys`, { role, name: "setup" }),
    async sendTestEvent() {
      const answer = await ask<IngestAnswer>("POST", "/v1/events", testEvent(game));
      if (answer.accepted + answer.duplicates !== 1)
        throw new Refused(`the test event was not taken: ${JSON.stringify(answer.results)}`);
    },
    flush: () => ask("POST", `/v1/games/${game}/queue/flush`),
  };
}

/** The same id each time: sent again it is a duplicate, or is merged with the first in the warehouse. */
function testEvent(game: string) {
  return {
    event_id: uuidOf(`playtrail setup ${game}`),
    event_type: "custom",
    name: "playtrail_setup",
    user_id: "playtrail-setup",
    session_id: "playtrail-setup",
    platform: "linux",
    app_version: "0",
    timestamp: new Date().toISOString(),
  };
}

/** A UUID of version 8, of a text's SHA-256: https://www.rfc-editor.org/rfc/rfc9562#section-5.8 */
function uuidOf(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
