import type { KnownPlatform } from "../../sdk/events.ts";

/** The little world that simulated players live in. Where a table says `share`, the shares add up to 1. */

export const MARKETS = [
  { country: "US", currency: "USD", share: 0.3 },
  { country: "DE", currency: "EUR", share: 0.12 },
  { country: "FR", currency: "EUR", share: 0.08 },
  { country: "GB", currency: "GBP", share: 0.1 },
  { country: "JP", currency: "JPY", share: 0.15 },
  { country: "BR", currency: "BRL", share: 0.15 },
  { country: "KW", currency: "KWD", share: 0.1 },
] as const;

export type Currency = (typeof MARKETS)[number]["currency"];

export const DEVICES: readonly { platform: KnownPlatform; store: string; fps: number; share: number }[] = [
  { platform: "android", store: "google_play", fps: 48, share: 0.4 },
  { platform: "ios", store: "app_store", fps: 59, share: 0.3 },
  { platform: "web", store: "web_shop", fps: 55, share: 0.1 },
  { platform: "windows", store: "steam", fps: 120, share: 0.15 },
  { platform: "switch", store: "nintendo_eshop", fps: 30, share: 0.05 },
];

export const APP_VERSIONS = [
  { version: "1.4.2", share: 0.6 },
  { version: "1.4.1", share: 0.3 },
  { version: "1.3.0", share: 0.1 },
] as const;

export const INSTALL_SOURCES: readonly { source: string; campaign?: string; share: number }[] = [
  { source: "organic", share: 0.5 },
  { source: "unity_ads", campaign: "autumn_dragons", share: 0.25 },
  { source: "meta_ads", campaign: "lookalike_payers", share: 0.25 },
];

/** Prices are each store's own steps, with as many decimals as the currency has: JPY none, KWD three. */
export const PRODUCTS: readonly {
  id: string;
  name: string;
  gold: number;
  price: Record<Currency, string>;
  share: number;
}[] = [
  {
    id: "gold_small",
    name: "Pouch of gold",
    gold: 500,
    price: { USD: "0.99", EUR: "1.09", GBP: "0.99", JPY: "160", BRL: "5.90", KWD: "0.300" },
    share: 0.6,
  },
  {
    id: "gold_large",
    name: "Chest of gold",
    gold: 3_000,
    price: { USD: "4.99", EUR: "5.49", GBP: "4.99", JPY: "650", BRL: "27.90", KWD: "1.500" },
    share: 0.3,
  },
  {
    id: "dragon_bundle",
    name: "Dragon bundle",
    gold: 8_000,
    price: { USD: "19.99", EUR: "21.99", GBP: "18.99", JPY: "3000", BRL: "109.90", KWD: "6.150" },
    share: 0.1,
  },
];

export const BOOSTERS = [
  { id: "shield", gold: 80, share: 0.5 },
  { id: "extra_life", gold: 120, share: 0.35 },
  { id: "dragon_egg", gold: 900, share: 0.15 },
] as const;

export const AD_NETWORKS = [
  { network: "unity_ads", revenue: "0.0121", share: 0.5 },
  { network: "applovin", revenue: "0.0187", share: 0.3 },
  { network: "admob", revenue: "0.0094", share: 0.2 },
] as const;

export const ERRORS = [
  {
    severity: "error",
    message: "NullReferenceException: Object reference not set to an instance of an object",
    stack: "at Inventory.Equip (ItemId id)\nat ShopWindow.OnBuy ()",
    share: 0.6,
  },
  {
    severity: "critical",
    message: "OutOfMemoryException: cannot allocate texture dragon_4k",
    stack: "at TextureLoader.Load (String name)\nat LevelScene.Prepare ()",
    share: 0.1,
  },
  {
    severity: "warning",
    message: "Leaderboard did not answer within 3000 ms",
    stack: "at Leaderboard.Refresh ()",
    share: 0.3,
  },
] as const;

export const WORLDS = 4;
export const LEVELS_PER_WORLD = 6;
