import { startClient } from "../core/client.ts";
import { createClock } from "../core/clock.ts";
import { NO_KEEP } from "../core/keep.ts";
import { resolveOptions } from "../core/options.ts";
import { createTransport, gzipStream } from "../core/transport.ts";
import type { ClientOptions, CustomEvents, EventMap, ServerClient } from "../core/types.ts";
import { SERVER_DEFAULTS } from "../server/defaults.ts";
import { serverClient } from "../server/server-client.ts";
import { createServerWire } from "../server/wire.ts";

/**
 * Makes a client for Cloudflare Workers and whatever else has web standards alone. A Worker makes one for each request, and gives the platform
 * its end to wait for: `ctx.waitUntil(client.close())`. Throws a TypeError where an option is wrong; nothing throws after that.
 */
export function createClient<Events extends EventMap<Events> = CustomEvents>(
  options: ClientOptions,
): ServerClient<Events> {
  const settings = resolveOptions(options, SERVER_DEFAULTS);
  const clock = createClock();
  const transport = createTransport(createServerWire(settings, gzipStream), clock);
  return serverClient(startClient(settings, { clock, random: Math.random, transport, keep: NO_KEEP }));
}

export type * from "../core/types.ts";
export type * from "../events.ts";
