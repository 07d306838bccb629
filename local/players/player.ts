import type { EventFields } from "../../sdk/core/types.ts";
import type { EventType, KnownPlatform } from "../../sdk/events.ts";
import {
  AD_NETWORKS,
  APP_VERSIONS,
  BOOSTERS,
  type Currency,
  DEVICES,
  ERRORS,
  INSTALL_SOURCES,
  LEVELS_PER_WORLD,
  MARKETS,
  PRODUCTS,
  WORLDS,
} from "./catalog.ts";
import { between, drawId, happens, pick, type Random } from "./chance.ts";

/** What a player is, for as long as they play. */
export interface Profile {
  userId: string;
  country: string;
  currency: Currency;
  platform: KnownPlatform;
  store: string;
  /** The device's usual frame rate. */
  fps: number;
  appVersion: string;
  /** How likely they complete a level, 0 to 1. */
  skill: number;
  /** How likely they buy something in a session, 0 to 1. Most never do. */
  spending: number;
}

/** Something that a player does, as the event that reports it. */
export type Move = { [Type in EventType]: { event_type: Type; fields: EventFields<Type> } }[EventType];

/** Where a player stands. */
interface Progress {
  gold: number;
  /** Levels completed, counted over all worlds. */
  completed: number;
  /** Tries at the level they are at. */
  attempts: number;
}

export function drawProfile(random: Random): Profile {
  const { country, currency } = pick(MARKETS, random);
  const { platform, store, fps } = pick(DEVICES, random);
  return {
    userId: `player_${drawId(random)}`,
    country,
    currency,
    platform,
    store,
    fps,
    appVersion: pick(APP_VERSIONS, random).version,
    skill: 0.4 + random() / 2,
    spending: happens(0.3, random) ? 0.2 + random() / 2 : 0,
  };
}

/** A player's life in the game: the install, then `sessions` sessions. */
export function* play(profile: Profile, sessions: number, random: Random): Generator<Move> {
  const { source, campaign } = pick(INSTALL_SOURCES, random);
  yield { event_type: "install", fields: { source, ...(campaign && { campaign }) } };

  const progress: Progress = { gold: 0, completed: 0, attempts: 0 };
  for (let number = 1; number <= sessions; number++) {
    yield { event_type: "session_start", fields: { session_number: number } };
    if (number === 1) yield* tutorial(progress, random);
    for (let levels = between(1, 4, random); levels > 0; levels--) yield* level(profile, progress, random);
    if (happens(profile.spending, random)) yield* buyGold(profile, progress, random);
    if (happens(0.5, random)) yield* buyBooster(progress, random);
    yield { event_type: "session_end", fields: {} };
  }
}

function* tutorial(progress: Progress, random: Random): Generator<Move> {
  yield { event_type: "custom", fields: { name: "tutorial_step", value: between(1, 5, random) } };
  yield earn(progress, 200, "reward", "welcome");
}

function* level(profile: Profile, progress: Progress, random: Random): Generator<Move> {
  const place = levelName(progress.completed);
  const attempt = ++progress.attempts;
  yield { event_type: "progression", fields: { status: "start", level: place, attempt } };
  yield frameRate(profile, place, random);
  if (happens(0.04, random)) yield failure(random);

  const score = between(200, 1_000, random) * attempt;
  if (happens(profile.skill, random)) {
    yield { event_type: "progression", fields: { status: "complete", level: place, score, attempt } };
    progress.completed++;
    progress.attempts = 0;
    yield earn(progress, 40, "level", place);
  } else {
    yield { event_type: "progression", fields: { status: "fail", level: place, score, attempt } };
    if (happens(0.5, random)) yield* watchAd(progress, random);
  }
}

/** After the last level of the last world the journey begins anew. */
function levelName(completed: number): string {
  const world = (Math.floor(completed / LEVELS_PER_WORLD) % WORLDS) + 1;
  return `world${world}/level${(completed % LEVELS_PER_WORLD) + 1}`;
}

function frameRate(profile: Profile, scene: string, random: Random): Move {
  const value = Math.round((profile.fps - random() * profile.fps * 0.2) * 10) / 10;
  return { event_type: "performance", fields: { metric: "fps", value, scene } };
}

function failure(random: Random): Move {
  const { severity, message, stack } = pick(ERRORS, random);
  return { event_type: "error", fields: { severity, message, stack } };
}

function* watchAd(progress: Progress, random: Random): Generator<Move> {
  const { network, revenue } = pick(AD_NETWORKS, random);
  const ad = { ad_type: "rewarded_video", placement: "level_failed", network };
  if (happens(0.05, random)) {
    yield { event_type: "ad", fields: { action: "failed", ...ad } };
    return;
  }
  // The impression earns; the reward that follows is the same ad, and must not count its revenue twice.
  yield { event_type: "ad", fields: { action: "shown", ...ad, revenue, currency: "USD" } };
  yield { event_type: "ad", fields: { action: "rewarded", ...ad } };
  yield earn(progress, 25, "ad", "level_failed");
}

function* buyGold(profile: Profile, progress: Progress, random: Random): Generator<Move> {
  const product = pick(PRODUCTS, random);
  const quantity = happens(0.1, random) ? 2 : 1;
  yield {
    event_type: "purchase",
    fields: {
      product_id: product.id,
      product_name: product.name,
      quantity,
      price: product.price[profile.currency],
      currency: profile.currency,
      store: profile.store,
      transaction_id: `${profile.store}_${drawId(random)}`,
    },
  };
  yield earn(progress, product.gold * quantity, "purchase", product.id);
}

function* buyBooster(progress: Progress, random: Random): Generator<Move> {
  const { id, gold } = pick(BOOSTERS, random);
  if (gold > progress.gold) return;
  progress.gold -= gold;
  yield resource("sink", gold, "booster", id, progress);
}

function earn(progress: Progress, amount: number, itemType: string, itemId: string): Move {
  progress.gold += amount;
  return resource("source", amount, itemType, itemId, progress);
}

function resource(
  flow: "source" | "sink",
  amount: number,
  item_type: string,
  item_id: string,
  { gold }: Progress,
): Move {
  const properties = { balance: gold };
  return {
    event_type: "resource",
    fields: { flow, resource: "gold", amount, item_type, item_id, properties },
  };
}
