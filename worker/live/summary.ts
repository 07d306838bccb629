import type { EventType } from "../../sdk/events.ts";
import type { Fields } from "../events/fields.ts";
import type { Finding } from "../events/findings.ts";
import { schemas } from "../events/schemas.ts";
import { writePlayerBits } from "./sketch.ts";

/**
 * What the Worker tells a queue of a parcel's events, so that it can count them without parsing any. Indexes are places in the
 * parcel: of a duplicate, or of an erased player's event, the queue counts nothing.
 */
export interface Summary {
  /** For each event its type: its place in `EVENT_TYPES`. */
  types: Uint8Array;
  /** For each of the parcel's `users` two words: `writePlayerBits`. */
  players: Uint32Array;
  purchases: Purchase[];
  warnings: Warned[];
  rejected: RejectedOf[];
}

/** What was paid: price × quantity in ten-thousandths of the currency's unit, since a price has four decimals at most. */
export interface Purchase {
  index: number;
  currency: string;
  amount: bigint;
}

/** Events of a version with one warning. */
export interface Warned {
  code: string;
  path: string;
  version: string;
  type: EventType;
  indexes: number[];
}

/** Rejected events of one player, as far as that can be read. */
export interface RejectedOf {
  user: string | null;
  events: number;
  reasons: Reason[];
}

/** Why some of them were rejected, and the first of them. */
export interface Reason {
  code: string;
  path: string;
  version: string;
  count: number;
  example: string;
}

/** The types by their codes: to be added to only at the end. */
export const EVENT_TYPES = Object.keys(schemas) as EventType[];

const CODES: ReadonlyMap<unknown, number> = new Map(EVENT_TYPES.map((type, code) => [type, code]));

/** Warnings that differ in one parcel, and reasons for rejection: a stranger may make thousands of them. */
const MAX_WARNINGS = 50;
const MAX_REASONS = 50;

/** So much of a rejected event is shown. */
const MAX_EXAMPLE_BYTES = 1_024;

/** An accepted event, as much of it as is counted. */
export interface Countable {
  event: Fields;
  warnings: readonly Finding[];
}

/** Sums up the events of a parcel, whose `users` are these. */
export function summaryOf(
  events: readonly Countable[],
  users: readonly string[],
  rejected: RejectedOf[],
): Summary {
  const types = new Uint8Array(events.length);
  const purchases: Purchase[] = [];
  const warnings = new Map<string, Warned>();
  for (let index = 0; index < events.length; index++) {
    const judged = events[index];
    if (judged === undefined) continue;
    types[index] = CODES.get(judged.event.event_type) ?? 0;
    if (judged.event.event_type === "purchase") purchases.push(purchaseOf(judged.event, index));
    if (judged.warnings.length > 0) addWarnings(warnings, judged, index);
  }
  const players = new Uint32Array(users.length * 2);
  for (const [place, user] of users.entries()) writePlayerBits(user, players, place * 2);
  return { types, players, purchases, warnings: [...warnings.values()], rejected };
}

/** Its price was judged: a decimal with four places at most; its quantity is a whole number. */
function purchaseOf({ currency, price, quantity }: Fields, index: number): Purchase {
  const [whole = "", fraction = ""] = String(price).split(".");
  const unitPrice = BigInt(whole + fraction.padEnd(4, "0"));
  return { index, currency: String(currency), amount: unitPrice * BigInt(Number(quantity)) };
}

function addWarnings(warnings: Map<string, Warned>, { event, warnings: own }: Countable, index: number) {
  const [version, type] = [String(event.app_version), event.event_type as EventType];
  for (const { code, path } of own) {
    const key = `${code}\0${path}\0${version}\0${type}`;
    const known = warnings.get(key);
    if (known) known.indexes.push(index);
    else if (warnings.size < MAX_WARNINGS) warnings.set(key, { code, path, version, type, indexes: [index] });
  }
}

/** Collects why the events of a parcel were rejected. */
export class RejectedReasons {
  readonly #players = new Map<string | null, { events: number; reasons: Map<string, Reason> }>();
  #reasons = 0;

  /** Takes note of one rejected event. `text` writes it: only the first of a kind is written. */
  add(user: string | null, version: string, errors: readonly Finding[], text: () => string): void {
    const player = this.#players.get(user) ?? { events: 0, reasons: new Map<string, Reason>() };
    this.#players.set(user, player);
    player.events++;
    for (const { code, path } of errors) {
      const key = `${code}\0${path}\0${version}`;
      const known = player.reasons.get(key);
      if (known) known.count++;
      else if (this.#reasons++ < MAX_REASONS)
        player.reasons.set(key, { code, path, version, count: 1, example: exampleOf(text()) });
    }
  }

  list(): RejectedOf[] {
    return [...this.#players].map(([user, { events, reasons }]) => ({
      user,
      events,
      reasons: [...reasons.values()],
    }));
  }
}

const encoder = new TextEncoder();

/** As many whole characters as the bound allows. */
function exampleOf(text: string): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(MAX_EXAMPLE_BYTES));
  return text.slice(0, read);
}
