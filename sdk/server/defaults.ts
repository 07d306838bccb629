import type { Defaults } from "../core/options.ts";
import type { KnownPlatform } from "../events.ts";

/** Of a server. */
export const SERVER_DEFAULTS: Defaults = {
  platform: "server" satisfies KnownPlatform,
  sessions: "manual",
  maxBatchEvents: 500,
  maxQueueBytes: 16 * 1024 * 1024,
};
