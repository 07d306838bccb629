import type { GameQueue } from "./game-queue.ts";
import { registryOf } from "./registry.ts";

/** Where queues live: location hints, which Cloudflare honours when an object is first used. */
type Region = Extract<DurableObjectLocationHint, "enam" | "sam" | "weur" | "apac" | "oc" | "afr">;

/** The region of each continent that players are on, so that they are acknowledged near home. */
const REGIONS = new Map<unknown, Region>([
  ["NA", "enam"],
  ["SA", "sam"],
  ["EU", "weur"],
  ["AS", "apac"],
  ["OC", "oc"],
  ["AF", "afr"],
]);

/** Where a continent is unknown: beside the delivery stream's default region, us-east-1. */
const DEFAULT_REGION: Region = "enam";

/** How many queues a game has in each region, where it is not one: the setting GAME_SHARDS. */
export type ShardCounts = Readonly<Record<string, number>>;

/**
 * Says which queue takes a player's events: `game/region/n`. All events of a player that come in at one region meet in one queue,
 * which knows their duplicates. `continent` is what the network edge says.
 */
export function queueChooser(
  continent: unknown,
  counts: ShardCounts,
): (game: string, user: string) => string {
  const region = REGIONS.get(continent) ?? DEFAULT_REGION;
  return (game, user) => `${game}/${region}/${shardOf(user, shardsOf(game, counts))}`;
}

/** A game may be called `constructor`. */
function shardsOf(game: string, counts: ShardCounts): number {
  return Object.hasOwn(counts, game) ? (counts[game] ?? 1) : 1;
}

/**
 * Which of so many shards is a player's. Never to be changed: a deployment that chose otherwise would look for yesterday's
 * duplicates in another queue.
 */
export function shardOf(user: string, shards: number): number {
  return shards === 1 ? 0 : hash(user) % shards;
}

/**
 * FNV-1a over UTF-16 code units, a multiplication a character, then murmur3's finalizer: alone, FNV's low bits depend on the low
 * bits of the characters only, and those are what a shard count keeps. http://www.isthe.com/chongo/tech/comp/fnv/
 */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A queue of a game to ask what any of them knows. */
export function queueFor(game: string): string {
  return `${game}/${DEFAULT_REGION}/0`;
}

/** What stands where a game would, for what is no game's. */
export const COLLECTOR = "_collector";

/**
 * The queue of what is no game's: exchange rates. It is watched and delivered as all are; no game can be called so
 * (`gameIdSchema`), so that a list of games is one of those that begin otherwise.
 */
export const COLLECTOR_QUEUE = queueFor(COLLECTOR);

/** Every queue of a game that was ever used, whatever its number of shards is today. */
export async function queuesOf(env: Env, game: string): Promise<string[]> {
  const queues = await registryOf(env).list(game);
  return queues.map(({ name }) => name);
}

/** The object behind a queue's name, which says where it is to live. */
export function queueNamed(env: Env, name: string): DurableObjectStub<GameQueue> {
  return env.GAME_QUEUE.getByName(name, { locationHint: name.split("/")[1] as Region });
}
