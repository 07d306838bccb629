import type { Fields } from "./fields.ts";

/** What all events of one request share. */
export interface BatchContext {
  /** The game that the key is for; `*`: each event names its own. */
  keyGame: string;
  /** The player whom the key, a player token, is for; absent: events of any player. */
  keyUser?: string | undefined;
  /** Whether the key is believed that a purchase is `verified`: it is one that players do not have. */
  mayVerify: boolean;
  /** Milliseconds since 1970. */
  receivedAt: number;
  /** What to add to the client's timestamps: `clockCorrection`. */
  correctionMs: number;
  /** The country that the network edge saw, if it is one. */
  country: string | undefined;
  /** What every line ends with: `lineEnding`. */
  ending: Uint8Array;
  defaults: Fields | undefined;
  /** Lower case. */
  idSeed: string | undefined;
}
