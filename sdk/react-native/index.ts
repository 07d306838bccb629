import { startClient } from "../core/client.ts";
import { createClock } from "../core/clock.ts";
import { resolveOptions } from "../core/options.ts";
import { createTransport } from "../core/transport.ts";
import type { Client, ClientOptions, CustomEvents, EventMap } from "../core/types.ts";
import type { Platform } from "../events.ts";
import { GAME_DEFAULTS } from "../game/defaults.ts";
import { createGameWire } from "../game/wire.ts";
import { type AsyncStorage, createAsyncKeep } from "./async-keep.ts";

/** What React Native's `AppState` has that the client needs. */
export interface AppState {
  addEventListener(type: "change", listener: (state: string) => void): { remove(): void };
}

/** What a client in React Native is given beside the rest. */
export interface ReactNativeOptions extends ClientOptions {
  /** `Platform.OS` of `react-native`. */
  platform: Platform;
  /** `@react-native-async-storage/async-storage`, or whatever else has its three methods. */
  storage: AsyncStorage;
  /** `AppState` of `react-native`. */
  appState: AppState;
}

/** The platform has none: a phone is not to be counted as a browser. */
const DEFAULTS = { ...GAME_DEFAULTS, platform: "" };

/**
 * Makes a client for the player of a React Native app. What waits is kept in `storage`, and sent when the app goes to the background.
 * Throws a TypeError where an option is wrong, and an Error where there is no `crypto.getRandomValues`; nothing throws after that.
 * @example
 * const playtrail = createClient({ url, key, platform: Platform.OS, appVersion: "1.4.0", storage: AsyncStorage, appState: AppState });
 */
export function createClient<Events extends EventMap<Events> = CustomEvents>({
  storage,
  appState,
  ...options
}: ReactNativeOptions): Client<Events> {
  mustHave("storage", storage, ["getItem", "setItem", "removeItem"]);
  mustHave("appState", appState, ["addEventListener"]);
  const settings = resolveOptions(options, DEFAULTS);
  // React Native brings none along.
  if (!globalThis.crypto?.getRandomValues)
    throw new Error(
      'playtrail: there is no crypto.getRandomValues: import "react-native-get-random-values" first',
    );
  let subscription: { remove(): void } | undefined;
  const clock = createClock();
  const client = startClient(settings, {
    clock,
    random: Math.random,
    transport: createTransport(createGameWire(settings), clock),
    keep: createAsyncKeep(storage),
    onClose: () => subscription?.remove(),
  });
  subscription = appState.addEventListener("change", (state) => {
    if (state === "active") client.comeBack();
    else client.leave(false);
  });
  return client as Client<Events>;
}

function mustHave(name: string, option: object, methods: string[]): void {
  const has = option as Record<string, unknown> | undefined;
  if (methods.some((method) => typeof has?.[method] !== "function"))
    throw new TypeError(`playtrail: ${name} must have ${methods.join(", ")}`);
}

export type * from "../core/types.ts";
export type * from "../events.ts";
export type { AsyncStorage } from "./async-keep.ts";
