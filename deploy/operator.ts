import { randomUUID } from "node:crypto";
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
  /** Sends a test event. Resolves once the collector has it on disk. */
  sendTestEvent(): Promise<void>;
  /** Delivers what waits, and says how the queue is then. */
  flush(): Promise<QueueStats>;
}

/** The collector refused: the message is its own. */
export class Refused extends Error {
  override name = "Refused";
}

const WRONG_SECRET =
  "the Worker's KEY_SECRETS is not the one that is known here, from PLAYTRAIL_KEY_SECRETS or an earlier setup's file: set PLAYTRAIL_KEY_SECRETS to the Worker's";

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
    if (!response.ok) {
      const advice = response.status === 401 ? `\n${WRONG_SECRET}` : "";
      throw new Refused(`${method} ${path} answered ${response.status}: ${await response.text()}${advice}`);
    }
    return (await response.json()) as Answer;
  }

  return {
    async countKeys() {
      const { keys } = await ask<{ keys: { revoked_at: string | null }[] }>("GET", `/v1/games/${game}/keys`);
      return keys.filter(({ revoked_at }) => revoked_at === null).length;
    },
    mint: (role) => ask("POST", `/v1/games/${game}/keys`, { role, name: "setup" }),
    async sendTestEvent() {
      const answer = await ask<IngestAnswer>("POST", "/v1/events", testEvent());
      if (answer.accepted !== 1)
        throw new Refused(`the test event was not taken: ${JSON.stringify(answer.results)}`);
    },
    flush: () => ask("POST", `/v1/games/${game}/queue/flush`),
  };
}

/** Another id each time: a duplicate would not be delivered, and would prove nothing of a stream or a key that has changed. */
function testEvent() {
  return {
    event_id: randomUUID(),
    event_type: "custom",
    name: "playtrail_setup",
    user_id: "playtrail-setup",
    session_id: "playtrail-setup",
    platform: "linux",
    app_version: "0",
    timestamp: new Date().toISOString(),
  };
}
