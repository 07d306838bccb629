import { startClient } from "../core/client.ts";
import { createClock } from "../core/clock.ts";
import { NO_KEEP } from "../core/keep.ts";
import { resolveOptions } from "../core/options.ts";
import { createTransport } from "../core/transport.ts";
import type { ClientOptions, CustomEvents, EventMap, ServerClient } from "../core/types.ts";
import { SERVER_DEFAULTS } from "../server/defaults.ts";
import { serverClient } from "../server/server-client.ts";
import { createServerWire } from "../server/wire.ts";
import { watchProcess } from "./exit.ts";
import { createFileKeep } from "./file-keep.ts";
import { gzipZlib } from "./gzip.ts";

/** What a client on Node, Bun or Deno may be given beside the rest. */
export interface ServerOptions extends ClientOptions {
  /**
   * A file that keeps what is not delivered yet, written 250 ms after an event (a second or two, where megabytes wait) and at the
   * process's end: what `kill -9` or `process.exit()` cuts off is sent by the next start. It belongs to one client of one process; its directory must exist. Default:
   * memory alone.
   */
  path?: string;
}

/**
 * Makes a client for a game's server, or for a game that runs on Node. What waits does not keep the process alive, but it is sent before
 * the process ends by itself or by SIGINT, SIGTERM or SIGHUP, which waits at most 5 seconds for that. Where you listen to a signal
 * yourself, you end the process: `await client.close()` first. Throws a TypeError where an option is wrong, and an Error where `path`
 * cannot be used or is another client's; nothing throws after that.
 * @example
 * const playtrail = createClient({ url: "https://events.example.com", key: "…", appVersion: "2026.11" });
 * playtrail.forUser("player-7").purchase({ product_id: "gems", product_name: "Gems", price: "4.99", currency: "EUR", store: "steam" });
 */
export function createClient<Events extends EventMap<Events> = CustomEvents>(
  options: ServerOptions,
): ServerClient<Events> {
  const settings = resolveOptions(options, SERVER_DEFAULTS);
  const file = options.path === undefined ? null : createFileKeep(options.path);
  const clock = createClock();
  let unwatch = () => {};
  const client = startClient(settings, {
    clock,
    random: Math.random,
    transport: createTransport(createServerWire(settings, gzipZlib), clock),
    keep: file ?? NO_KEEP,
    onClose() {
      unwatch();
      file?.release();
    },
  });
  unwatch = watchProcess(client);
  return serverClient(client);
}

export type * from "../core/types.ts";
export type * from "../events.ts";
