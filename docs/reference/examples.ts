import type { EventContext, EventOf, EventType } from "../../sdk/events.ts";

/** When the examples happened: a collector takes them for 30 days. */
export const EXAMPLE_TIME = "2026-11-21T12:00:00.000Z";

/** What the examples have in common. */
export const EXAMPLE_CONTEXT = {
  user_id: "user_12345",
  session_id: "session_abc123",
  platform: "ios",
  app_version: "1.2.0",
  timestamp: EXAMPLE_TIME,
} satisfies EventContext;

/** An event of each type, by its own fields: each is plainly accepted. */
export const EXAMPLES: { [Type in EventType]: Omit<EventOf<Type>, keyof EventContext | "event_type"> } = {
  install: { source: "google_ads", campaign: "winter_2026" },
  purchase: {
    product_id: "coin_pack_1000",
    product_name: "1000 Gold Coins",
    price: "4.99",
    currency: "USD",
    store: "app_store",
    transaction_id: "2000000712345678",
  },
  session_start: { session_number: 12 },
  session_end: { duration_seconds: 754.2 },
  progression: { status: "complete", level: "world1/level3", score: 1200, attempt: 2 },
  resource: { flow: "sink", resource: "gold", amount: 250, item_type: "weapon", item_id: "iron_sword" },
  ad: {
    action: "rewarded",
    ad_type: "rewarded_video",
    placement: "level_failed",
    network: "admob",
    revenue: "0.012345",
    currency: "USD",
  },
  performance: { metric: "fps", value: 58.5, scene: "world1/level3" },
  error: {
    severity: "error",
    message: "texture atlas could not be loaded",
    stack: "at loadAtlas (assets.ts:41)",
  },
  custom: { name: "boss_defeated", value: 71 },
};
