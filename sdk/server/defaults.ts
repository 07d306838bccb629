import type { Defaults } from "../core/options.ts";

/** Of a server. */
export const SERVER_DEFAULTS: Defaults = {
  platform: "server",
  sessions: "manual",
  maxBatchEvents: 500,
  maxQueueBytes: 16 * 1024 * 1024,
};
