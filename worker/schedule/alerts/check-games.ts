import { readConfig } from "../../config.ts";
import { gameOf } from "../../queue/game-of.ts";
import { type RegisteredQueue, registryOf } from "../../queue/registry.ts";
import { COLLECTOR } from "../../queue/shards.ts";
import { operationsOf } from "../operations.ts";
import { untoldReports } from "../reports/bring.ts";
import { type Message, sendAll } from "../webhook/outbox.ts";
import { webhookOf } from "../webhook/webhook-of.ts";
import type { Notice } from "./incident.ts";
import { alikeOf, messageOf } from "./message.ts";
import type { CollectorObservation } from "./observation.ts";
import { observe } from "./observe.ts";

/** Games observed side by side, and told to the object together: what it is told at once stays far below the bound of a call, 32 MiB. */
const GAMES_AT_ONCE = 20;

/**
 * Looks at every game and the collector itself, writes down what is wrong and what is over, and tells whoever is to hear of it. Without a
 * webhook it is written down nevertheless: the console shows it. Rejects where the registry or the operations' object does not answer.
 */
export async function checkGames(env: Env, now: number = Date.now()): Promise<void> {
  const queues = Map.groupBy((await registryOf(env).list()).map(nameOf), gameOf);
  const ownQueues = queues.get(COLLECTOR) ?? [];
  queues.delete(COLLECTOR);
  const operations = operationsOf(env);
  // A registry that was lost must not look like games that are well.
  for (const game of await operations.gamesSeen()) if (!queues.has(game)) queues.set(game, []);
  const notices: Notice[] = [];
  const games = [...queues];
  while (games.length > 0) {
    const some = games.splice(0, GAMES_AT_ONCE);
    const seen = await Promise.all(some.map(([game, names]) => observe(env, game, names, now)));
    notices.push(...(await operations.checkGames(seen, now)));
  }
  notices.push(...(await operations.checkCollector(await observeCollector(env, ownQueues, now), now)));
  await tell(env, notices, now);
}

const nameOf = ({ name }: RegisteredQueue) => name;

async function observeCollector(env: Env, queues: string[], now: number): Promise<CollectorObservation> {
  return { ...(await observe(env, COLLECTOR, queues, now)), rates: await ratesOf(env) };
}

async function ratesOf(env: Env): Promise<CollectorObservation["rates"]> {
  const settings = readConfig(env);
  if (settings.kind === "wrong" || settings.config.FX_RATES_URL === "") return null;
  return await registryOf(env).rates();
}

/** What could not be told of reports before is told with it. */
async function tell(env: Env, notices: readonly Notice[], now: number): Promise<void> {
  const webhook = webhookOf(env);
  if (webhook === null) return;
  const messages = alikeOf(notices).map(
    (alike): Message => ({
      lane: alike[0].incident.check,
      text: messageOf(alike),
      delivered: () => operationsOf(env).told(alike, now),
    }),
  );
  await sendAll(webhook, [...messages, ...(await untoldReports(env, now))]);
}
