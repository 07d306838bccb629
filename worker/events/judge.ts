import type * as z from "zod";
import type { EventType } from "../../sdk/events.ts";
import { type Finding, findingsOf, invalidDecimal } from "./findings.ts";
import { derivedId, seededId } from "./ids.ts";
import { MAX_EVENT_AGE_MS, MAX_LINE_BYTES } from "./limits.ts";
import { lineOf, RESERVED_FIELDS } from "./line.ts";
import { exceedsMinorUnits, toDecimal } from "./money.ts";
import { isJsonObject, type Predicate, predicateOf } from "./predicate.ts";
import { PLATFORMS, schemas, uuidSchema } from "./schemas.ts";
import { isoTime, place } from "./time.ts";

type Fields = Record<string, unknown>;

/** What all events of one request share. */
export interface BatchContext {
  /** The game that the key is for; `*`: each event names its own. */
  keyGame: string;
  /** Milliseconds since 1970. */
  receivedAt: number;
  /** What to add to the client's timestamps: `clockCorrection`. */
  correctionMs: number;
  /** The country that the network edge saw, if it is one. */
  country: string | undefined;
  /** What every line ends with: `lineEnding`. */
  ending: string;
  defaults: Fields | undefined;
  /** Lower case. */
  idSeed: string | undefined;
}

/** What becomes of one event. */
export type Judgement =
  | { status: "accepted"; eventId: string; game: string; line: string; warnings: Finding[] }
  | { status: "rejected"; eventId: string | null; errors: Finding[] };

/** Judges one event by itself: whatever it is, it can neither throw nor harm its neighbours. */
export function judge(raw: unknown, context: BatchContext): Judgement {
  if (!isJsonObject(raw)) return rejected({}, finding("", "invalid_type", "an event must be a JSON object"));
  const errors: Finding[] = [];
  const event = expand(raw, context, errors);
  try {
    return judgeFields(event, context, errors);
  } catch (error) {
    // JSON.parse reads deeper nesting than JSON.stringify writes.
    if (!(error instanceof RangeError)) throw error;
    return rejected(event, finding("", "too_deep", "the event is nested too deeply: send flat properties"));
  }
}

/** Fills in what the envelope says once for all: defaults, `seq` for an id, `offset_ms` for a time. */
function expand(raw: Fields, { defaults, idSeed }: BatchContext, errors: Finding[]): Fields {
  const event = defaults === undefined ? raw : { ...defaults, ...raw };
  const { seq, offset_ms: offset } = event;
  if (event.event_id === undefined && idSeed !== undefined && Number.isSafeInteger(seq) && Number(seq) > 0) {
    event.event_id = seededId(idSeed, Number(seq));
  }
  if (offset === undefined) return event;

  event.offset_ms = undefined;
  const happenedAt = Date.parse(String(event.timestamp)) + (typeof offset === "number" ? offset : Number.NaN);
  if (raw.timestamp !== undefined) return event;
  if (Math.abs(happenedAt) <= MAX_DATE_MS) event.timestamp = isoTime(happenedAt);
  else {
    const message =
      "offset_ms must be a number of milliseconds, and defaults.timestamp the RFC 3339 time that it counts from";
    errors.push(finding("offset_ms", "invalid_offset", message));
  }
  return event;
}

/** The furthest time that a Date can hold: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const MAX_DATE_MS = 8.64e15;

interface Rules {
  schema: z.ZodObject;
  /** A cheap test for each field that the type knows. */
  fields: Map<string, Predicate>;
  required: string[];
}

const RULES = new Map<unknown, Rules>(
  Object.entries(schemas).map(([type, schema]) => {
    const shape: Record<string, z.core.$ZodType> = schema.shape;
    const fields = new Map(Object.entries(shape).map(([name, field]) => [name, predicateOf(field)] as const));
    const required = [...fields].filter(([, accepts]) => !accepts(undefined)).map(([name]) => name);
    return [type, { schema, fields, required }];
  }),
);
const TYPES = [...RULES.keys()].join(", ");

function judgeFields(event: Fields, context: BatchContext, errors: Finding[]): Judgement {
  const rules = RULES.get(event.event_type);
  if (rules === undefined) {
    return event.event_type === undefined
      ? rejected(event, finding("event_type", "required", `event_type is missing: it is one of ${TYPES}`))
      : rejected(event, finding("event_type", "unknown_event_type", `event_type must be one of: ${TYPES}`));
  }
  const warnings: Finding[] = [];
  errors.push(...check(event, rules, warnings));
  const game = gameOf(event, context.keyGame, errors);
  if (errors.length > 0) return rejected(event, ...errors);

  const eventId = typeof event.event_id === "string" ? event.event_id.toLowerCase() : derivedId(game, event);
  normalise(event, context, errors, warnings);
  if (errors.length > 0) return rejected({ event_id: eventId }, ...errors);

  event.event_id = eventId;
  event.game_id = game;
  const line = lineOf(event, context.ending);
  if (exceedsLine(line)) {
    const message = `the event takes more than ${MAX_LINE_BYTES} bytes as a line`;
    return rejected(event, finding("", "event_too_large", message));
  }
  return { status: "accepted", eventId, game, line, warnings };
}

/** Holds each field against the type's rules. zod is asked only where something is wrong, for what it is. */
function check(event: Fields, { schema, fields, required }: Rules, warnings: Finding[]): Finding[] {
  let valid = true;
  for (const name in event) {
    const accepts = fields.get(name);
    if (accepts !== undefined) valid &&= accepts(event[name]);
    else if (event[name] !== undefined) warnings.push(unknownField(event, name));
  }
  for (const name of required) valid &&= event[name] !== undefined;
  if (valid) return [];
  const { error } = schema.safeParse(event);
  return error === undefined ? [] : findingsOf(error, event);
}

function unknownField(event: Fields, name: string): Finding {
  if (!RESERVED_FIELDS.has(name)) {
    return finding(
      name,
      "unknown_field",
      `${name} is not a field of ${event.event_type}: it was kept; properties is the place for it`,
    );
  }
  event[name] = undefined;
  return finding(name, "reserved_field", `${name} is written by the collector: the event's own was left out`);
}

/** The game is the key's; an event may say so too. */
function gameOf(event: Fields, keyGame: string, errors: Finding[]): string {
  const game = event.game_id ?? keyGame;
  if (game === "*") {
    errors.push(
      finding(
        "game_id",
        "required",
        "game_id is missing: this key is for all games, so each event must name its own",
      ),
    );
  } else if (keyGame !== "*" && game !== keyGame) {
    errors.push(
      finding("game_id", "game_mismatch", `game_id must be ${keyGame}, the game of the key, or be left out`),
    );
  }
  return String(game);
}

/** Turns what was sent into what is delivered: exact money, corrected time, the defaults of the contract. */
function normalise(event: Fields, context: BatchContext, errors: Finding[], warnings: Finding[]): void {
  normaliseMoney(event, errors, warnings);
  normaliseTime(event, context, errors, warnings);
  if (isPlaceholder(event.user_id as string)) {
    warnings.push(
      finding("user_id", "placeholder", "user_id is a placeholder: many players would be counted as one"),
    );
  }
  if (!KNOWN_PLATFORMS.has(event.platform as string)) {
    warnings.push(
      finding("platform", "unknown_value", `platform is none of: ${PLATFORMS.join(", ")}; it was kept`),
    );
  }
  event.schema_version ??= "1.0";
  const country = (event.country as string | undefined)?.toUpperCase() ?? context.country;
  if (country !== undefined) event.country = country;
}

function normaliseMoney(event: Fields, errors: Finding[], warnings: Finding[]): void {
  const type = event.event_type as EventType;
  if (type !== "purchase" && type !== "ad") return;
  const path = type === "purchase" ? "price" : "revenue";
  const sent = event[path] as string | number | undefined;
  if (type === "purchase") event.quantity ??= 1;
  if (event.currency !== undefined) event.currency = (event.currency as string).toUpperCase();
  if (sent === undefined) return;

  const amount = toDecimal(sent);
  if (amount === undefined) errors.push({ path, ...invalidDecimal(path) });
  else if (event.currency === undefined)
    errors.push(finding("currency", "required", `currency is missing: ${path} needs one`));
  else if (exceedsMinorUnits(amount, event.currency as string)) {
    warnings.push(
      finding(
        path,
        "excess_decimals",
        `${path} has more decimals than ${event.currency} has; it was kept as sent`,
      ),
    );
  }
  event[path] = amount;
}

function normaliseTime(event: Fields, context: BatchContext, errors: Finding[], warnings: Finding[]): void {
  const { receivedAt, correctionMs } = context;
  if (event.timestamp === undefined) {
    event.timestamp = isoTime(receivedAt);
    warnings.push(
      finding("timestamp", "missing_timestamp", "timestamp is missing: the time received was taken"),
    );
    return;
  }
  const clientTimestamp = event.timestamp as string;
  const placed = place(clientTimestamp, correctionMs, receivedAt);
  if (placed.kind === "too_old") {
    const days = MAX_EVENT_AGE_MS / 86_400_000;
    errors.push(
      finding(
        "timestamp",
        "timestamp_too_old",
        `timestamp is more than ${days} days before the time received`,
      ),
    );
    return;
  }
  if (placed.kind === "future") {
    warnings.push(
      finding(
        "timestamp",
        "timestamp_in_future",
        "timestamp lies in the future: the time received was taken",
      ),
    );
  }
  event.timestamp = placed.timestamp;
  event.client_timestamp = clientTimestamp;
  if (correctionMs !== 0) event.clock_offset_ms = correctionMs;
}

const KNOWN_PLATFORMS: ReadonlySet<string> = new Set(PLATFORMS);

/** What code sends when it has no player: PostHog and others met each of these in the field. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  "0",
  "-1",
  "00000000-0000-0000-0000-000000000000",
  "[object object]",
  "anonymous",
  "false",
  "guest",
  "nan",
  "nil",
  "none",
  "null",
  "true",
  "undefined",
  "unknown",
]);
const LONGEST_PLACEHOLDER = Math.max(...[...PLACEHOLDERS].map((name) => name.length));

function isPlaceholder(userId: string): boolean {
  return userId.length <= LONGEST_PLACEHOLDER && PLACEHOLDERS.has(userId.trim().toLowerCase());
}

const encoder = new TextEncoder();

/** Bytes are counted only where they could matter: a character takes three at most in UTF-8. */
function exceedsLine(line: string): boolean {
  return line.length * 3 > MAX_LINE_BYTES && encoder.encode(line).byteLength > MAX_LINE_BYTES;
}

function finding(path: string, code: string, message: string): Finding {
  return { path, code, message };
}

function rejected(event: Fields, ...errors: Finding[]): Judgement {
  const { event_id: id } = event;
  const eventId = typeof id === "string" && uuidSchema.safeParse(id).success ? id.toLowerCase() : null;
  return { status: "rejected", eventId, errors };
}
