import type { BatchContext } from "../events/batch-context.ts";
import { COUNTRIES } from "../events/countries.ts";
import { type Judgement, judge } from "../events/judge.ts";
import { lineEnding } from "../events/line.ts";
import type { ParsedEnvelope } from "../events/schemas.ts";
import { clockCorrection } from "../events/time.ts";
import { type Accompaniment, type Parcel, parcelOf } from "../queue/parcel.ts";
import { queueFor } from "../queue/shards.ts";
import { readBatch } from "./batch.ts";

/** What is known of a request before its body is read. */
export interface Arrival {
  requestId: string;
  /** Milliseconds since 1970. */
  receivedAt: number;
  /** The game that the key is for; `*`: any. */
  keyGame: string;
  /** What the network edge says of the caller's country. */
  edgeCountry: unknown;
}

type Accepted = Extract<Judgement, { status: "accepted" }>;

/** What an event is worth. Its text lives on in a parcel alone. */
export type Judged = Omit<Accepted, "json" | "game" | "userId"> | Exclude<Judgement, Accepted>;

/** What one queue is to take of a request. */
export interface Handover {
  queue: string;
  parcel: Parcel;
  /** Where in the request each event of the parcel stood. */
  indexes: number[];
}

/** Accepted events on their way into a parcel. */
interface Draft {
  events: Accepted[];
  indexes: number[];
}

/**
 * Judges the events of a request's body, each by itself, and packs the accepted ones for their queues. Returns as little as it
 * can: while queues answer, many requests wait side by side, and parsed events that wait with them cost the garbage collector dearly.
 */
export function judgeBatch(text: string, arrival: Arrival): { judged: Judged[]; handovers: Handover[] } {
  const batch = readBatch(text);
  const context = contextOf(arrival, batch);
  const drafts = new Map<string, Draft>();
  if (arrival.keyGame !== "*") draftFor(drafts, arrival.keyGame);
  const judged = batch.events.map((event, index): Judged => {
    const judgement = judge(event, context);
    if (judgement.status === "rejected") return judgement;
    const draft = draftFor(drafts, judgement.game);
    draft.events.push(judgement);
    draft.indexes.push(index);
    return { status: "accepted", eventId: judgement.eventId, warnings: judgement.warnings };
  });
  const rejected = judged.filter(({ status }) => status === "rejected").length;
  return {
    judged,
    handovers: handoversOf(drafts, context.ending, {
      keys: [],
      rejected,
      rejections: [],
      clientDropped: sum(batch.dropped),
    }),
  };
}

function draftFor(drafts: Map<string, Draft>, game: string): Draft {
  const queue = queueFor(game);
  const known = drafts.get(queue);
  if (known) return known;
  const draft = { events: [], indexes: [] };
  drafts.set(queue, draft);
  return draft;
}

/** The counts travel with the first: the queue of the key's own game, or with a key for all games that of the first event. */
function handoversOf(
  drafts: Map<string, Draft>,
  ending: Uint8Array,
  accompaniment: Accompaniment,
): Handover[] {
  const handovers = [...drafts].map(([queue, { events, indexes }], turn) => {
    const parcel = parcelOf(
      events,
      ending,
      turn === 0 ? accompaniment : { ...accompaniment, rejected: 0, rejections: [], clientDropped: 0 },
    );
    return { queue, parcel, indexes };
  });
  return handovers.filter(
    ({ parcel: { lengths, rejected, clientDropped } }) => lengths.length + rejected + clientDropped > 0,
  );
}

function contextOf(
  { keyGame, receivedAt, requestId, edgeCountry }: Arrival,
  batch: ParsedEnvelope,
): BatchContext {
  return {
    keyGame,
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
