import { Buffer } from "node:buffer";
import type { Facts, KnownFacts } from "../events/filter.ts";
import type { Finding } from "../events/findings.ts";
import { lineEnding } from "../events/line.ts";
import { isoTime } from "../events/time.ts";
import { EVENT_TYPES } from "../live/summary.ts";
import type { Parcel, Rejection } from "../queue/parcel.ts";
import type { Watched } from "../queue/watch.ts";

/** What a queue of a watched game took of a request. */
export interface Sighting {
  game: string;
  requestId: string;
  /** When the request came; milliseconds since 1970. */
  receivedAt: number;
  parcel: Parcel;
  /** Which of its events were duplicates. */
  duplicates: readonly number[];
  watched: Watched;
  /** The warnings about an event of the parcel. */
  warningsOf: (index: number) => readonly Finding[];
}

/** An event on its way to those who watch. */
export interface TailItem extends Facts {
  /**
   * What they are shown, written already: `{"at":"2026-11-21T12:00:03.120Z","status":"rejected","event":{…},"errors":[…]}`,
   * `event` being the text where a rejected event was cut.
   */
  json: string;
  /** Of the JSON. */
  bytes: number;
}

/** An event that may be shown; what is not asked for is never decoded. */
export type Candidate = KnownFacts & { item(): TailItem };

/** What can be shown of a request, in its order, rejected events last. */
export function* candidatesOf(sighting: Sighting): Generator<Candidate> {
  yield* takenOf(sighting);
  const { parcel, watched } = sighting;
  const hidden = new Set(watched.hiddenRejections);
  for (const [index, rejection] of parcel.rejections.entries()) {
    if (hidden.has(index)) continue;
    yield { user: rejection.user, status: "rejected", item: () => rejectedItem(sighting, rejection) };
  }
}

function* takenOf({ parcel, duplicates, watched, ...request }: Sighting): Generator<Candidate> {
  const hidden = new Set(watched.hidden);
  const isDuplicate = new Set(duplicates);
  const endingBytes = lineEnding(request.receivedAt, request.requestId).byteLength;
  let end = 0;
  for (const [index, length] of parcel.lengths.entries()) {
    const start = end;
    end += length;
    if (hidden.has(index)) continue;
    const user = parcel.users[parcel.userOf[index] ?? 0] ?? null;
    const status = isDuplicate.has(index) ? "duplicate" : "accepted";
    const eventEnd = end - endingBytes;
    const type = EVENT_TYPES[parcel.summary?.types[index] ?? -1] ?? null;
    yield {
      user,
      status,
      type,
      item() {
        // The ending stands over the event's closing brace.
        const event = `${decoder.decode(parcel.lines.subarray(start, eventEnd))}}`;
        const warnings = status === "accepted" ? request.warningsOf(index) : [];
        const findings = warnings.length === 0 ? "" : `,"warnings":${JSON.stringify(warnings)}`;
        return itemOf({ user, type, status }, request.receivedAt, event, findings);
      },
    };
  }
}

/** What `rejectionOf` wrote. */
interface RejectedLine {
  event_type: string | undefined;
  errors: Finding[];
  raw: string;
  raw_bytes: number;
}

function rejectedItem({ receivedAt }: Sighting, { user, line }: Rejection): TailItem {
  const { event_type, errors, raw, raw_bytes }: RejectedLine = JSON.parse(decoder.decode(line));
  const isWhole = Buffer.byteLength(raw) === raw_bytes;
  const event = isWhole ? raw : JSON.stringify(raw);
  const facts: Facts = { user, type: event_type ?? null, status: "rejected" };
  return itemOf(facts, receivedAt, event, `,"errors":${JSON.stringify(errors)}`);
}

function itemOf(facts: Facts, receivedAt: number, event: string, findings: string): TailItem {
  const json = `{"at":"${isoTime(receivedAt)}","status":"${facts.status}","event":${event}${findings}}`;
  return { ...facts, json, bytes: Buffer.byteLength(json) };
}

const decoder = new TextDecoder();
