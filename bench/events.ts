import { randomFillSync, randomUUID } from "node:crypto";
import type { GameEvent } from "../sdk/events.ts";

/** The game that the load belongs to. */
export const GAME = "bench_game";

/** As many events in a row belong to one player: a batch of 10 is one device's, a batch of 500 a studio backend's. */
const EVENTS_PER_PLAYER = 10;

/** One request's body whose event ids can be renewed in place, so that making a request unlike the one before costs next to nothing. */
export interface Batch {
  bytes: Buffer;
  /** Where in `bytes` each event's id (36 characters) begins. */
  idOffsets: number[];
}

/** A body as a game without the SDK posts it: one event alone, or a plain array of them. */
export function makeBatch(size: number): Batch {
  const events = makeEvents(size);
  const bytes = Buffer.from(JSON.stringify(size === 1 ? events[0] : events));
  const idOffsets = events.map(
    (event) => bytes.indexOf(`"event_id":"${event.event_id}"`) + '"event_id":"'.length,
  );
  return { bytes, idOffsets };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const HEX_FIRST = Uint8Array.from(HEX, (pair) => pair.charCodeAt(0));
const HEX_SECOND = Uint8Array.from(HEX, (pair) => pair.charCodeAt(1));
/** Where the two characters of each of a UUID's random bytes stand: past the dashes, the version and the variant. */
const RANDOM_POSITIONS = [0, 2, 4, 6, 9, 11, 16, 21, 24, 26, 28, 30, 32, 34];

/**
 * Gives every event of a batch a new random id (UUIDv4: 112 bits are renewed). `shift` is where the batch's bytes begin in `target`.
 * Without it the collector would, rightly, see duplicates and write nothing.
 */
export function renewIds(target: Buffer, idOffsets: readonly number[], shift: number): void {
  const random = randomFillSync(Buffer.allocUnsafe(idOffsets.length * RANDOM_POSITIONS.length));
  let next = 0;
  for (const offset of idOffsets) {
    for (const position of RANDOM_POSITIONS) {
      const byte = random[next++] ?? 0;
      const at = shift + offset + position;
      target[at] = HEX_FIRST[byte] ?? 0;
      target[at + 1] = HEX_SECOND[byte] ?? 0;
    }
  }
}

/** Plainly good events of the types that a game sends most, 350 to 460 bytes each. */
function makeEvents(size: number): GameEvent[] {
  const now = Date.now();
  const events: GameEvent[] = [];
  let session = makeSession();
  for (let index = 0; index < size; index++) {
    if (index % EVENTS_PER_PLAYER === 0) session = makeSession();
    const own = OWN_FIELDS[index % OWN_FIELDS.length] ?? OWN_FIELDS[0];
    events.push({
      event_id: randomUUID(),
      ...session,
      timestamp: new Date(now - (size - index)).toISOString(),
      ...own,
    });
  }
  return events;
}

function makeSession() {
  return {
    user_id: `player-${randomUUID().slice(0, 13)}`,
    session_id: randomUUID(),
    platform: "android",
    app_version: "2.14.3",
    country: "DE",
  } as const;
}

type OwnFields<Event = GameEvent> = Event extends GameEvent
  ? Omit<Event, "event_id" | "user_id" | "session_id" | "platform" | "app_version" | "timestamp" | "country">
  : never;

const PROPERTIES = { build: "release", device: "Pixel 9 Pro", locale: "de-DE", network: "wifi" };

const OWN_FIELDS: [OwnFields, ...OwnFields[]] = [
  { event_type: "session_start", session_number: 17, properties: { ...PROPERTIES, os_version: "16.1" } },
  { event_type: "progression", status: "start", level: "world3/level12", attempt: 2, properties: PROPERTIES },
  {
    event_type: "resource",
    flow: "sink",
    resource: "gold",
    amount: 250,
    item_type: "booster",
    item_id: "double_jump",
    properties: PROPERTIES,
  },
  {
    event_type: "performance",
    metric: "fps",
    value: 58.7,
    scene: "world3/level12",
    properties: { ...PROPERTIES, quality: "high" },
  },
  {
    event_type: "progression",
    status: "complete",
    level: "world3/level12",
    score: 18_250,
    attempt: 2,
    properties: PROPERTIES,
  },
  {
    event_type: "ad",
    action: "rewarded",
    ad_type: "rewarded_video",
    placement: "level_end",
    network: "admob",
    revenue: "0.02",
    currency: "USD",
    properties: PROPERTIES,
  },
  {
    event_type: "purchase",
    product_id: "gems_500",
    product_name: "Pouch of 500 gems",
    quantity: 1,
    price: "4.99",
    currency: "EUR",
    store: "google_play",
    transaction_id: "GPA.3388-1127-9042-55173",
    properties: PROPERTIES,
  },
  {
    event_type: "custom",
    name: "tutorial_step",
    value: 4,
    properties: { ...PROPERTIES, step: "first_fight" },
  },
];
