import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type CrashableCollector,
  GAME,
  SECRETS,
  settingsOf,
  startCollector,
} from "../bench/faults/collector.ts";
import { type StandIn, startStandIn } from "../bench/faults/stand-in.ts";
import { until } from "../bench/faults/wait.ts";
import { mintKey } from "../worker/auth/keys.ts";

const LEADERBOARDS = JSON.stringify({
  [GAME]: {
    best: { value: "max(progression.score)", period: "all" },
    total: { value: "sum(progression.score)", period: "all" },
  },
});
const PLAYERS = 20;
const ROUNDS = 30;

let firehose: StandIn;
let collector: CrashableCollector;
let read: string;

beforeAll(async () => {
  firehose = await startStandIn();
  collector = await startCollector(settingsOf(firehose.url, { LEADERBOARDS }));
  read = await mintKey({ game: GAME, role: "read" }, SECRETS.KEY_SECRETS ?? "");
});
afterAll(async () => {
  await collector.stop();
  await firehose.close();
});

const scoreOf = (player: number, round: number) => ((player * 31 + round * 17) % 100) / 4;

const eventsOf = (round: number) =>
  Array.from({ length: PLAYERS }, (_, player) => ({
    event_id: `00000000-0000-4000-8000-${String(round * PLAYERS + player).padStart(12, "0")}`,
    event_type: "progression",
    status: "complete",
    level: "1",
    score: scoreOf(player, round),
    user_id: `player_${player}`,
    session_id: "s",
    platform: "web",
    app_version: "1",
    timestamp: new Date().toISOString(),
  }));

/** Sends a round as a client does: again and again, until it is acknowledged. */
async function send(round: number): Promise<void> {
  const body = JSON.stringify(eventsOf(round));
  const headers = { Authorization: `Bearer ${collector.writeKey}`, "Content-Type": "application/json" };
  await until(`round ${round} is acknowledged`, async () => {
    const answer = await fetch(`${collector.url}/v1/events`, { method: "POST", headers, body }).catch(
      () => undefined,
    );
    return answer?.status === 202;
  });
}

async function board(name: string): Promise<Map<string, number>> {
  const url = `${collector.url}/v1/games/${GAME}/leaderboards/${name}?limit=1000`;
  const response = await fetch(url, { headers: { Authorization: `Bearer ${read}` } });
  const { entries } = (await response.json()) as { entries: { user_id: string; value: number }[] };
  return new Map(entries.map(({ user_id, value }) => [user_id, value]));
}

it("leaderboards count every acknowledged event once, through crashes, an outage and everything sent twice", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    if (round === 10) await firehose.fail({ mode: "unavailable" });
    if (round === 20) await firehose.heal();
    const sending = send(round);
    if (round % 6 === 3) {
      await collector.kill();
      await collector.restart();
    }
    await sending;
    await send(round);
  }
  await until("all is delivered", async () => {
    await collector.flush();
    return (await collector.stats()).depth.events === 0;
  });
  const scores = (player: number) => Array.from({ length: ROUNDS }, (_, round) => scoreOf(player, round));
  const expected = (value: (scores: number[]) => number) =>
    new Map(Array.from({ length: PLAYERS }, (_, player) => [`player_${player}`, value(scores(player))]));
  const sum = (values: number[]) => values.reduce((all, one) => all + one, 0);
  expect(await board("total")).toEqual(expected(sum));
  expect(await board("best")).toEqual(expected((values) => Math.max(...values)));
}, 60_000);
