import { startClient } from "../core/client.ts";
import { createClock } from "../core/clock.ts";
import { resolveOptions } from "../core/options.ts";
import { createTransport } from "../core/transport.ts";
import type { Client, ClientOptions, CustomEvents, EventMap } from "../core/types.ts";
import { GAME_DEFAULTS } from "../game/defaults.ts";
import { createGameWire } from "../game/wire.ts";
import { createBrowserKeep } from "./keep.ts";
import { watchPage } from "./page.ts";

/**
 * Makes a client for the player of this page: a browser game, an HTML5 engine, Electron's renderer. What waits is kept in `localStorage`.
 * Throws a TypeError where an option is wrong; nothing throws after that.
 * @example
 * const playtrail = createClient({ url: "https://events.example.com", key: "…", appVersion: "1.4.0" });
 * playtrail.progression({ status: "complete", level: "world1/level3", score: 1200 });
 */
export function createClient<Events extends EventMap<Events> = CustomEvents>(
  options: ClientOptions,
): Client<Events> {
  const settings = resolveOptions(options, GAME_DEFAULTS);
  const closing = new AbortController();
  const clock = createClock();
  const client = startClient(settings, {
    clock,
    random: Math.random,
    transport: createTransport(createGameWire(settings), clock),
    keep: createBrowserKeep(settings.key, closing.signal),
    onClose: () => closing.abort(),
  });
  watchPage(client, closing.signal);
  return client as Client<Events>;
}

export type * from "../core/types.ts";
export type * from "../events.ts";
