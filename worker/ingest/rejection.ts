import { Buffer } from "node:buffer";
import { cutBelow, isDeeper } from "../events/depth.ts";
import type { Fields } from "../events/fields.ts";
import type { Judgement } from "../events/judge.ts";
import { MAX_DEPTH, MAX_NAME_CHARACTERS } from "../events/limits.ts";
import { eventJson, writeLines } from "../events/line.ts";
import { isJsonObject, predicateOf } from "../events/predicate.ts";
import { contextSchema, gameIdSchema } from "../events/schemas.ts";
import type { Rejection } from "../queue/parcel.ts";

/** Lines about rejected events that one request may cause, as many as a queue takes of a key in a minute; the rest is only counted. */
export const REJECTIONS_PER_REQUEST_MAX = 100;

/** So much of a rejected event's text is kept: enough to see what is wrong, little enough that no line exceeds its bound. */
const MAX_RAW_BYTES = 8 * 1024;

export type Rejected = Extract<Judgement, { status: "rejected" }>;

/** What is left of an event that was rejected: those of its fields that can be read, and all that it said. */
export interface Remains {
  game: string | undefined;
  user: string | undefined;
  version: string | undefined;
  type: string | undefined;
  event: unknown;
}

const isGame = predicateOf(gameIdSchema);
const isUser = predicateOf(contextSchema.shape.user_id);
const isVersion = predicateOf(contextSchema.shape.app_version);

const NOTHING_READABLE = { game: undefined, user: undefined, version: undefined, type: undefined };

/** The envelope's defaults stand behind the event's own fields: where the text is cut, they go first. */
export function remainsOf(sent: unknown, defaults: Fields | undefined): Remains {
  if (!isJsonObject(sent)) return { ...NOTHING_READABLE, event: shallow(sent) };
  const event = defaults === undefined ? sent : { ...sent, ...defaults, ...sent };
  const { game_id, user_id, app_version, event_type } = event;
  return {
    game: isGame(game_id) ? String(game_id) : undefined,
    user: isUser(user_id) ? String(user_id) : undefined,
    version: isVersion(app_version) ? String(app_version) : undefined,
    type: isName(event_type) ? event_type : undefined,
    event: shallow(event),
  };
}

/** What nests deeper than any event may is not shown: `eventJson` could run out of stack. */
function shallow(event: unknown): unknown {
  return isDeeper(event, MAX_DEPTH + 1) ? cutBelow(event, MAX_DEPTH + 1) : event;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_NAME_CHARACTERS;
}

/**
 * Writes the line that tells the warehouse of a rejected event. For example
 *
 * `{"event_id":null,"event_type":"purchase","user_id":"user_12345","app_version":"1.2.0","game_id":"awesome_game",`
 * `"errors":[{"path":"price",…}],"raw":"{\"event_type\":\"purchase\",…}","raw_bytes":312,"record_type":"rejected",…}`
 *
 * `ending` is what it ends with: `lineEnding`.
 */
export function rejectionOf(
  { user, version, type, event }: Remains,
  { eventId, errors }: Rejected,
  game: string,
  ending: Uint8Array,
): Rejection {
  const text = eventJson(event);
  const fields = {
    event_id: eventId,
    event_type: type,
    user_id: user,
    app_version: version,
    game_id: game,
    errors,
  };
  const json = eventJson({ ...fields, raw: cut(text), raw_bytes: Buffer.byteLength(text) });
  return { user: user ?? null, line: writeLines([json], ending).lines };
}

const encoder = new TextEncoder();

/** As many whole characters as the bound allows. */
function cut(text: string): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(MAX_RAW_BYTES));
  return text.slice(0, read);
}
