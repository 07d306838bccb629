import { ID_BYTES, writeId } from "../events/ids.ts";
import { writeLines } from "../events/line.ts";
import type { Marks } from "../leaderboards/marks.ts";
import type { PlacedScore } from "../leaderboards/standings.ts";
import type { Summary } from "../live/summary.ts";
import type { Watched } from "./watch.ts";

/**
 * What the Worker hands to a queue: events already judged and written, so that the queue parses nothing. Event `i` has the id
 * at `ids[i * 16]` and the next `lengths[i]` bytes of `lines`, its newline included.
 */
export interface Parcel {
  ids: Uint8Array;
  lines: Uint8Array;
  lengths: Uint32Array;
  /** The players of its events, each once: the queue knows whom it must not keep. */
  users: string[];
  /** For each event its player's place in `users`; empty where there is but one player. */
  userOf: Uint16Array;
  /** Who sent it: the id of the key, and for a player token that of the server key that minted it. One that is revoked refuses the parcel. */
  keys: string[];
  /** Events of the same request that were rejected before they came here: the queue counts them. */
  rejected: number;
  /** Lines about them, of which the queue takes as many as its bound allows. */
  rejections: Rejection[];
  /** What the client says it had to let go. */
  clientDropped: number;
  /** What its events are, for those who watch numbers. Absent where the Worker that sent it is of a version before. */
  summary?: Summary;
  /** What its events bring to leaderboards; absent where they bring nothing. */
  marks?: Marks;
}

/** A line about a rejected event. */
export interface Rejection {
  /** Whose event it was, as far as that can be read. */
  user: string | null;
  /** The whole line, its newline included. */
  line: Uint8Array;
}

/** What a queue says to a parcel. */
export type Reception =
  /** Durable, but for the duplicates (indexes, rising), which it had already. `watched` is absent while nobody watches the game. */
  | { kind: "taken"; duplicates: number[]; watched?: Watched }
  /** Nothing was taken: too much waits. Worth another try after so many seconds. */
  | { kind: "full"; retryAfterS: number }
  /** Nothing was taken: a key of the parcel is revoked. */
  | { kind: "revoked" };

/** A parcel of which a queue keeps all but some (indexes, rising). */
export interface Offer {
  parcel: Pick<Parcel, "ids" | "lines" | "lengths"> & Partial<Pick<Parcel, "users" | "userOf" | "marks">>;
  skipped: readonly number[];
}

/** Events that become one row of the outbox. */
export interface Chunk {
  ids: Uint8Array;
  lines: Uint8Array;
  events: number;
  /** What they bring to leaderboards; absent: nothing. */
  scores?: PlacedScore[];
}

/** What a parcel says beside its events. */
export type Accompaniment = Pick<Parcel, "keys" | "rejected" | "rejections" | "clientDropped">;

/** Packs judged events into one parcel. `ending` is what each line ends with: `lineEnding`. */
export function parcelOf(
  events: readonly { eventId: string; userId: string; json: string }[],
  ending: Uint8Array,
  accompaniment: Accompaniment,
): Parcel {
  const ids = new Uint8Array(events.length * ID_BYTES);
  for (let index = 0; index < events.length; index++)
    writeId(events[index]?.eventId ?? "", ids, index * ID_BYTES);
  return {
    ids,
    ...writeLines(
      events.map(({ json }) => json),
      ending,
    ),
    ...playersOf(events),
    ...accompaniment,
  };
}

function playersOf(events: readonly { userId: string }[]): Pick<Parcel, "users" | "userOf"> {
  const places = new Map<string, number>();
  const userOf = Uint16Array.from(events, ({ userId }) => {
    const place = places.get(userId) ?? places.size;
    places.set(userId, place);
    return place;
  });
  return { users: [...places.keys()], userOf: places.size > 1 ? userOf : NOBODY };
}

const NOBODY = new Uint16Array();

/** What a chunk may hold. */
interface Limits {
  events: number;
  bytes: number;
}

/** Puts the events of several offers together, in order, into as few chunks as the limits allow. */
export function chunksOf(offers: readonly Offer[], limits: Limits): Chunk[] {
  const chunks: Chunk[][] = [];
  let room = { events: 0, bytes: 0 };
  for (const piece of offers.flatMap((offer) => piecesOf(offer, limits))) {
    const { events, lines } = piece;
    if (events > room.events || lines.byteLength > room.bytes) {
      chunks.push([]);
      room = limits;
    }
    chunks.at(-1)?.push(piece);
    room = { events: room.events - events, bytes: room.bytes - lines.byteLength };
  }
  return chunks.map(joined);
}

/** An offer whole, where all of it is taken and it is not too large, which is nearly always; else event by event. */
function piecesOf({ parcel, skipped }: Offer, limits: Limits): Chunk[] {
  const { ids, lines, lengths } = parcel;
  const fits = lengths.length <= limits.events && lines.byteLength <= limits.bytes;
  if (fits && skipped.length === 0)
    return lengths.length === 0 ? [] : [withScores({ ids, lines, events: lengths.length }, scoresOf(parcel))];
  const isSkipped = new Set(skipped);
  const scores = Map.groupBy(scoresOf(parcel), ({ index }) => index);
  let end = 0;
  const pieces = Array.from(lengths, (length, index) => {
    end += length;
    const id = ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES);
    return withScores({ ids: id, lines: lines.subarray(end - length, end), events: 1 }, scores.get(index));
  });
  return pieces.filter((_, index) => !isSkipped.has(index));
}

function joined(pieces: readonly Chunk[]): Chunk {
  const [only] = pieces;
  if (only && pieces.length === 1) return only;
  const chunk = {
    ids: concat(pieces.map(({ ids }) => ids)),
    lines: concat(pieces.map(({ lines }) => lines)),
    events: pieces.reduce((sum, { events }) => sum + events, 0),
  };
  return withScores(
    chunk,
    pieces.flatMap(({ scores }) => scores ?? []),
  );
}

function withScores(chunk: Chunk, scores: readonly PlacedScore[] = []): Chunk {
  return scores.length === 0 ? chunk : { ...chunk, scores: [...scores] };
}

/** What each event brings, by its place. */
function scoresOf({
  users = [],
  userOf = NOBODY,
  marks,
}: Offer["parcel"]): (PlacedScore & { index: number })[] {
  if (marks === undefined) return [];
  return marks.marks.flatMap(({ index, contest: place, units, at }) => {
    const [contest, user] = [marks.contests[place], users[userOf[index] ?? 0]];
    return contest === undefined || user === undefined
      ? []
      : [{ index, contest, user, score: { units, at } }];
  });
}

/** One array of several, end to end. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.byteLength;
  }
  return whole;
}
