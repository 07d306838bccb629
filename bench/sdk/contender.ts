import { createRequire } from "node:module";

/** `default`: only what the SDK cannot do without. `best`: what its manual offers for many events. */
export type Settings = "default" | "best";

/** How to make a client. */
export interface OpenOptions {
  /** Where the stand-in is: `"http://127.0.0.1:1234"`. */
  url: string;
  settings: Settings;
  /** A file that may keep the queue, for an SDK that can. */
  path?: string;
}

/** A client of one SDK, ready to be measured. */
export interface Contender {
  track(name: string, properties: Record<string, string | number>): void;
  /** What the SDK's manual says to call and await before the process ends; absent where it has nothing of the kind. */
  end?(): Promise<unknown>;
}

/** What each adapter exports. */
export interface Adapter {
  open(options: OpenOptions): Contender | Promise<Contender>;
}

/**
 * Loads an SDK from bench/sdk/node_modules. By a name that the compiler does not follow: `npm run check` needs no peer installed.
 * The part of its API that is used, the adapter declares.
 */
export function loadPeer<Api>(name: string): Api {
  return createRequire(import.meta.url)(name) as Api;
}
