import type { Defaults } from "../core/options.ts";

/** Of a game, on a player's device. */
export const GAME_DEFAULTS: Defaults = {
  platform: "web",
  sessions: "auto",
  maxBatchEvents: 100,
  maxQueueBytes: 1024 * 1024,
};
