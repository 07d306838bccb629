import type { BatchContext } from "./batch-context.ts";
import { expand } from "./expand.ts";
import type { Fields } from "./fields.ts";
import { type Finding, finding } from "./findings.ts";
import { derivedId } from "./ids.ts";
import { MAX_FINDINGS, MAX_LINE_BYTES } from "./limits.ts";
import { eventJson } from "./line.ts";
import { normalise } from "./normalise.ts";
import { isJsonObject } from "./predicate.ts";
import { check, RULES } from "./rules.ts";
import { uuidSchema } from "./schemas.ts";

/** What becomes of one event. */
export type Judgement =
  | {
      status: "accepted";
      eventId: string;
      userId: string;
      game: string;
      /** The event as it is delivered, and the same as text. */
      event: Fields;
      json: string;
      warnings: Finding[];
    }
  | { status: "rejected"; eventId: string | null; errors: Finding[] };

/** Judges one event by itself: whatever it is, it can neither throw nor harm its neighbours. */
export function judge(raw: unknown, context: BatchContext): Judgement {
  if (!isJsonObject(raw)) return rejected({}, finding("", "invalid_type", "an event must be a JSON object"));
  const errors: Finding[] = [];
  const event = expand(raw, context, errors);
  return judgeFields(event, context, errors);
}

const TYPES = [...RULES.keys()].join(", ");

function judgeFields(event: Fields, context: BatchContext, errors: Finding[]): Judgement {
  const rules = RULES.get(event.event_type);
  if (rules === undefined) {
    return event.event_type === undefined
      ? rejected(event, finding("event_type", "required", `event_type is missing: it is one of ${TYPES}`))
      : rejected(event, finding("event_type", "unknown_event_type", `event_type must be one of: ${TYPES}`));
  }
  const warnings: Finding[] = [];
  check(event, rules, errors, warnings);
  const game = gameOf(event, context.keyGame, errors);
  checkPlayer(event, context.keyUser, errors);
  if (errors.length > 0) return rejected(event, ...errors);

  const eventId = typeof event.event_id === "string" ? event.event_id.toLowerCase() : derivedId(game, event);
  normalise(event, context, errors, warnings);
  if (errors.length > 0) return rejected({ event_id: eventId }, ...errors);

  event.event_id = eventId;
  event.game_id = game;
  const json = eventJson(event);
  if (exceedsLine(json, context.ending.byteLength)) {
    const message = `the event takes more than ${MAX_LINE_BYTES} bytes as a line`;
    return rejected(event, finding("", "event_too_large", message));
  }
  const userId = String(event.user_id);
  const kept = warnings.slice(0, MAX_FINDINGS);
  return { status: "accepted", eventId, userId, game, event, json, warnings: kept };
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

/** A player token speaks for one player. Where `user_id` is no text, that is said already. */
function checkPlayer({ user_id: user }: Fields, keyUser: string | undefined, errors: Finding[]): void {
  if (keyUser === undefined || typeof user !== "string" || user === keyUser) return;
  const message = "user_id must be the token's player: send each player's events with a token of their own";
  errors.push(finding("user_id", "wrong_user", message));
}

const encoder = new TextEncoder();

/** Bytes are counted only where they could matter: a character takes three at most in UTF-8. */
function exceedsLine(json: string, endingBytes: number): boolean {
  const roomBytes = MAX_LINE_BYTES - endingBytes;
  return json.length * 3 > roomBytes && encoder.encode(json).byteLength > roomBytes;
}

function rejected(event: Fields, ...errors: Finding[]): Judgement {
  const { event_id: id } = event;
  const eventId = typeof id === "string" && uuidSchema.safeParse(id).success ? id.toLowerCase() : null;
  return { status: "rejected", eventId, errors: errors.slice(0, MAX_FINDINGS) };
}
