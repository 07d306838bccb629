import type { BatchContext } from "../events/batch-context.ts";
import type { Board } from "../events/board.ts";
import { COUNTRIES } from "../events/countries.ts";
import { type Judgement, judge } from "../events/judge.ts";
import { MAX_BATCH_LINE_BYTES } from "../events/limits.ts";
import { eventJson, lineEnding, withClientDropped } from "../events/line.ts";
import type { ParsedEnvelope } from "../events/schemas.ts";
import { clockCorrection } from "../events/time.ts";
import { Problem } from "../http/problem.ts";
import { marksOf } from "../leaderboards/marks.ts";
import { RejectedReasons, summaryOf } from "../live/summary.ts";
import { type Parcel, parcelOf, type Rejection } from "../queue/parcel.ts";
import { readBatch } from "./batch.ts";
import { REJECTIONS_PER_REQUEST_MAX, type Rejected, rejectionOf, remainsOf } from "./rejection.ts";

/** What is known of a request before its body is read. */
export interface Arrival {
  requestId: string;
  /** Milliseconds since 1970. */
  receivedAt: number;
  /** The game that the key is for; `*`: any. */
  keyGame: string;
  /** The player whom the key, a player token, is for. */
  keyUser: string | undefined;
  /** Whether the key is believed that a purchase is `verified`: it is one that players do not have. */
  mayVerify: boolean;
  /** The ids that the request stands on: `keyIdsOf`. */
  keys: string[];
  /** Which queue takes a player's events: `queueChooser`. */
  queueOf: (game: string, user: string) => string;
  /** The leaderboards that a game's events make. */
  boardsOf: (game: string) => readonly Board[];
  /** What the network edge says of the caller's country. */
  edgeCountry: unknown;
}

type Accepted = Extract<Judgement, { status: "accepted" }>;

/** What an event is worth. Its text lives on in a parcel alone. */
export type Judged = Omit<Accepted, "event" | "json" | "game" | "userId"> | Rejected;

/** What one queue is to take of a request. */
export interface Handover {
  queue: string;
  parcel: Parcel;
  /** Where in the request each event of the parcel stood. */
  indexes: number[];
}

/** What a request is worth. */
export interface JudgedBatch {
  judged: Judged[];
  handovers: Handover[];
  /** Whose clients sent it: the key's game. With a key for all games the first that its events name; `*` where they name none. */
  game: string;
  /** How many events the client says it dropped. */
  clientDropped: number;
}

/** Events on their way into a parcel. */
interface Draft {
  game: string;
  events: Accepted[];
  indexes: number[];
  rejected: number;
  rejections: Rejection[];
  reasons: RejectedReasons;
}

/** One for each queue that is to take something, the first to be named first. */
type Drafts = Map<string, Draft>;

/**
 * Judges the events of a request's body, each by itself, and packs them for their queues. Returns as little as it can: while
 * queues answer, many requests wait side by side, and parsed events that wait with them cost the garbage collector dearly.
 */
export function judgeBatch(text: string, arrival: Arrival): JudgedBatch {
  const batch = readBatch(text);
  const context = contextOf(arrival, batch);
  const drafts: Drafts = new Map();
  const judged = batch.events.map((event, index): Judged => {
    const judgement = judge(event, context);
    if (judgement.status === "rejected") return judgement;
    const draft = draftFor(drafts, arrival, judgement.game, judgement.userId);
    draft.events.push(judgement);
    draft.indexes.push(index);
    return { status: "accepted", eventId: judgement.eventId, warnings: judgement.warnings };
  });
  if (judged.some(({ status }) => status === "rejected")) addRejected(drafts, arrival, judged, text);
  const clientDropped = sum(batch.dropped);
  if (batch.dropped !== undefined && clientDropped > 0) tellDropped(drafts, batch.dropped);
  const handovers = handoversOf(drafts, context.ending, arrival, clientDropped);
  checkSize(handovers);
  const [first] = drafts.values();
  return { judged, handovers, game: first?.game ?? arrival.keyGame, clientDropped };
}

function checkSize(handovers: readonly Handover[]): void {
  const bytes = handovers.reduce((all, { parcel }) => all + parcel.lines.byteLength, 0);
  if (bytes <= MAX_BATCH_LINE_BYTES) return;
  const detail = `with their defaults the events take ${bytes} bytes, of at most ${MAX_BATCH_LINE_BYTES}: send fewer, or shorter defaults`;
  throw new Problem(413, "lines_too_large", detail);
}

/**
 * A rejected event goes where its player's others go, as far as it can be read. With a key for all games, one that names no
 * game is told to its sender alone, unless others came with it. Judging changes events in place, so the text is read again:
 * only requests with such an event pay for that.
 */
function addRejected(drafts: Drafts, arrival: Arrival, judged: readonly Judged[], text: string): void {
  const { events, defaults } = readBatch(text);
  const ending = lineEnding(arrival.receivedAt, arrival.requestId, "rejected");
  let lines = 0;
  for (const [index, judgement] of judged.entries()) {
    if (judgement.status !== "rejected") continue;
    const remains = remainsOf(events[index], defaults);
    const [first] = drafts.values();
    const game = arrival.keyGame === "*" ? (remains.game ?? first?.game) : arrival.keyGame;
    if (game === undefined) continue;
    const draft = draftFor(drafts, arrival, game, remains.user ?? "");
    draft.rejected++;
    const { user = null, version = "", event } = remains;
    draft.reasons.add(user, version, judgement.errors, () => eventJson(event));
    if (lines++ < REJECTIONS_PER_REQUEST_MAX)
      draft.rejections.push(rejectionOf(remains, judgement, game, ending));
  }
}

function draftFor(drafts: Drafts, { queueOf }: Arrival, game: string, user: string): Draft {
  const queue = queueOf(game, user);
  const known = drafts.get(queue);
  if (known) return known;
  const draft = {
    game,
    events: [],
    indexes: [],
    rejected: 0,
    rejections: [],
    reasons: new RejectedReasons(),
  };
  drafts.set(queue, draft);
  return draft;
}

/** The first accepted event takes what the client dropped to the warehouse: whatever knows the event twice knows this twice. */
function tellDropped(drafts: Drafts, dropped: Record<string, number>): void {
  const [draft] = drafts.values();
  const first = draft?.events[0];
  if (first !== undefined) first.json = withClientDropped(first.json, dropped);
}

/**
 * What the client dropped is told to the queue of the first accepted event alone, in the same write: sent again after an answer that
 * was lost, it is known by its events, and not counted twice. Where that queue takes nothing, or no event is accepted, the answer
 * says so (`dropped_counted`), and the client tells it with its next batch: nothing is lost, and only a queue that took its part but
 * could not say so counts it twice.
 */
function handoversOf(
  drafts: Drafts,
  ending: Uint8Array,
  { keys, boardsOf }: Arrival,
  clientDropped: number,
): Handover[] {
  return [...drafts].map(([queue, { game, events, indexes, rejected, rejections, reasons }], turn) => {
    const isTold = turn === 0 && events.length > 0;
    const beside = { keys, rejected, rejections, clientDropped: isTold ? clientDropped : 0 };
    const parcel = parcelOf(events, ending, beside);
    parcel.summary = summaryOf(events, parcel.users, reasons.list());
    const marks = marksOf(events, boardsOf(game));
    if (marks !== undefined) parcel.marks = marks;
    return { queue, parcel, indexes };
  });
}

function contextOf(
  { keyGame, keyUser, mayVerify, receivedAt, requestId, edgeCountry }: Arrival,
  batch: ParsedEnvelope,
): BatchContext {
  return {
    keyGame,
    keyUser,
    mayVerify,
    receivedAt,
    correctionMs: clockCorrection(receivedAt, batch.sent_at, batch.clock_offset_ms),
    country: countryOf(edgeCountry),
    ending: lineEnding(receivedAt, requestId),
    defaults: batch.defaults,
    idSeed: batch.id_seed?.toLowerCase(),
  };
}

/** The edge also says XX (unknown) and T1 (Tor), which are no countries. */
function countryOf(edgeCountry: unknown): string | undefined {
  return typeof edgeCountry === "string" && COUNTRIES.has(edgeCountry) ? edgeCountry : undefined;
}

function sum(dropped: Record<string, number> = {}): number {
  return Object.values(dropped).reduce((all, count) => all + count, 0);
}
