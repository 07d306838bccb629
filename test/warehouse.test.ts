import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { perform } from "../local/players/perform.ts";
import { drawProfile, play } from "../local/players/player.ts";
import { amountsOf, pay, type Spending } from "../local/players/spending.ts";
import type { Client } from "../sdk/core/types.ts";
import { createClient } from "../sdk/node/index.ts";
import {
  deliveredLines,
  discard,
  flushAll,
  newData,
  post,
  type RunningStack,
  startStack,
  stopStack,
  until,
} from "./stack.ts";

const run = promisify(execFile);
const PLAYERS = 25;
const SESSIONS = 4;

let stack: RunningStack;

beforeAll(async () => {
  stack = await startStack(await newData(), 0);
});

afterAll(async () => {
  await stopStack(stack);
  await discard(stack);
});

/** Lets players play without a pause. Returns what they paid. */
async function playOut(): Promise<Spending> {
  const spending: Spending = new Map();
  const clients = Array.from({ length: PLAYERS }, (): Client => {
    const profile = { ...drawProfile(Math.random), spending: 0.8 };
    const { platform, appVersion, userId } = profile;
    const client = createClient({ url: stack.url, key: stack.keys.write, platform, appVersion, userId });
    for (const move of play(profile, SESSIONS, Math.random)) {
      perform(client, move, profile.country);
      if (move.event_type === "purchase") pay(spending, move.fields);
    }
    return client;
  });
  for (const client of clients) {
    await client.flush();
    expect(await client.close()).toMatchObject({ dropped: 0, pending: 0 });
  }
  return spending;
}

async function command(script: string, ...args: string[]): Promise<string> {
  const file = join(import.meta.dirname, "..", "local", script);
  const { stdout } = await run(process.execPath, [file, "--data", stack.data, ...args]);
  return stdout;
}

const ask = async (query: string) => JSON.parse(await command("sql.ts", "--json", query));

it("reports to the cent what simulated players paid, beside the stack that still runs", async () => {
  const spending = await playOut();
  // Rates have a queue of their own, which delivers when its time comes.
  await until("the rates are delivered", async () => {
    await flushAll(stack);
    return (await deliveredLines(stack, "exchange_rate"))[0];
  });
  const report = JSON.parse(await command("report.ts", "--json"));

  const revenue: { currency: string; amount: string; revenue_usd: string }[] = report["Revenue by currency"];
  const paid = Object.fromEntries(revenue.map(({ currency, amount }) => [currency, amount]));
  expect(paid).toEqual(amountsOf(spending));

  const [today] = report["Today (UTC)"];
  const usd = revenue.reduce((sum, { revenue_usd }) => sum + millionths(revenue_usd), 0n);
  expect(millionths(today.purchase_revenue_usd)).toBe(usd);
  expect(today).toMatchObject({
    game_id: stack.game,
    dau: PLAYERS,
    new_users: PLAYERS,
    unconverted_purchases: 0,
  });
  expect(
    report["Loss: numbered events that did not land"].every(
      ({ missing }: { missing: number }) => missing === 0,
    ),
  ).toBe(true);
});

it("prints the report as tables, and says where there is nothing", async () => {
  const text = await command("report.ts");
  expect(text).toContain("Revenue by currency");
  expect(text).toMatch(/awesome_game\s+gold\s+\d+\.\d\d/);
});

it("answers questions in Snowflake's SQL, and refuses what is wrong with a reason", async () => {
  expect(
    await ask("select count(distinct user_id) as players from core.events where event_type = 'install'"),
  ).toEqual([{ players: PLAYERS }]);
  await expect(command("sql.ts", "select nothing from core.events")).rejects.toMatchObject({
    stderr: expect.stringContaining("nothing"),
  });
  await expect(command("sql.ts", "select random_thing(1)")).rejects.toMatchObject({
    stderr: expect.stringMatching(/random_thing/i),
  });
  await expect(command("sql.ts", "update core.events set user_id = 'x'")).rejects.toMatchObject({
    stderr: expect.stringContaining("only queries are answered"),
  });
});

it("shows what was rejected, with its reason, and forgets a player who is erased", async () => {
  const event = {
    event_type: "custom",
    name: "hello",
    user_id: "erase-me",
    session_id: "s",
    platform: "web",
    app_version: "9.9",
  };
  expect((await post(stack, [event, { ...event, platform: 7 }])).status).toBe(202);
  await flushAll(stack);
  expect(await ask("select path, app_version from core.rejected_events")).toEqual([
    { path: "platform", app_version: "9.9" },
  ]);
  expect(await ask("select count(*) as n from core.events where user_id = 'erase-me'")).toEqual([{ n: 1 }]);

  const headers = { Authorization: `Bearer ${stack.keys.admin}` };
  const erased = await fetch(`${stack.url}/v1/games/${stack.game}/users/erase-me`, {
    method: "DELETE",
    headers,
  });
  expect(erased.status).toBe(200);
  await flushAll(stack);
  expect(
    await ask(`
      select (select count(*) from core.events where user_id = 'erase-me')
        + (select count(*) from core.rejected_events where user_id = 'erase-me')
        + (select count(*) from raw.raw_events where payload:user_id::varchar = 'erase-me') as traces,
        (select count(*) from core.erasure_requests) as proofs`),
  ).toEqual([{ traces: 0, proofs: 1 }]);
});

it("says what to do where there is no warehouse", async () => {
  const file = join(import.meta.dirname, "..", "local", "report.ts");
  await expect(run(process.execPath, [file, "--data", "/nowhere"])).rejects.toMatchObject({
    stderr: expect.stringContaining("npm start"),
  });
});

function millionths(decimal: string): bigint {
  return BigInt(decimal.replace(".", ""));
}
