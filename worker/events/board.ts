import { createHash } from "node:crypto";
import * as z from "zod";
import type { EventType } from "../../sdk/events.ts";
import type { Fields } from "./fields.ts";
import { schemas } from "./schemas.ts";

export const BOARD_FUNCTIONS = ["max", "min", "sum", "count", "last"] as const;
export type BoardFunction = (typeof BOARD_FUNCTIONS)[number];

export const BOARD_PERIODS = ["day", "week", "all"] as const;
export type BoardPeriod = (typeof BOARD_PERIODS)[number];

type Condition = string | number | boolean;

/** A leaderboard, as it was declared: what of which events makes a player's value. */
export interface Board {
  name: string;
  /** As it was written, such as `max(progression.score)`. */
  value: string;
  fn: BoardFunction;
  type: EventType;
  /** Null: events are counted. */
  field: string | null;
  /** Only events that have all of these. */
  where: Readonly<Record<string, Condition>>;
  period: BoardPeriod;
  /** Whether a player may read it with a player token: its players' ids and values among others'. */
  players_may_read: boolean;
  /** Tells it from a board of the same name that was declared otherwise: that one's values are not this one's. */
  id: string;
}

/** A board costs rows with each event that changes it. */
const MAX_BOARDS = 10;
const MAX_CONDITIONS = 8;

const VALUE = /^(max|min|sum|count|last)\(([a-z_]+)(?:\.([a-z_]+))?\)$/;
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

const declarationSchema = z.strictObject({
  value: z.string(),
  where: z
    .record(z.string(), z.union([z.string().max(256), z.number(), z.boolean()]))
    .refine((where) => Object.keys(where).length <= MAX_CONDITIONS)
    .default({}),
  period: z.enum(BOARD_PERIODS),
  players_may_read: z.boolean().default(false),
});

const NO_GAMES = {
  error:
    'must be JSON such as {"my_game":{"high_score":{"value":"max(progression.score)","period":"week"}}}: boards by game',
};
const gamesSchema = z.record(z.string(), z.record(z.string(), z.unknown(), NO_GAMES), NO_GAMES);

/** The boards of each game, from the setting; what is wrong names its board and field, and no game. */
export const boardsSchema = gamesSchema.transform((games, context): Record<string, Board[]> => {
  const boards = Object.entries(games).map(([game, declared]): [string, Board[]] => {
    const names = Object.keys(declared);
    const tooMany = names.length > MAX_BOARDS ? [`a game may have ${MAX_BOARDS} boards at most`] : [];
    const parsed = names.map((name) => boardOf(name, declared[name]));
    for (const message of [...tooMany, ...parsed.filter((board) => typeof board === "string")])
      context.addIssue({ code: "custom", message });
    return [game, parsed.filter((board) => typeof board !== "string")];
  });
  return Object.fromEntries(boards);
});

/** A game may be called `constructor`. */
export function boardsOfGame(games: Readonly<Record<string, Board[]>>, game: string): readonly Board[] {
  return Object.hasOwn(games, game) ? (games[game] ?? NONE) : NONE;
}

const NONE: readonly Board[] = [];

/** A board, or what is wrong with it. */
function boardOf(name: string, declared: unknown): Board | string {
  const wrong = (what: string) => `board ${JSON.stringify(name.slice(0, 64))}: ${what}`;
  if (!NAME.test(name)) return wrong("a name is 1–64 of a–z, 0–9, _ and -, beginning with a letter or digit");
  const { data } = declarationSchema.safeParse(declared);
  if (data === undefined)
    return wrong(
      `must be such as {"value":"max(progression.score)","where":{"status":"complete"},"period":"week"}, with at most ${MAX_CONDITIONS} conditions; a period is ${BOARD_PERIODS.join(", ")}`,
    );
  const [, fn, type = "", field] = VALUE.exec(data.value) ?? [];
  if (fn === undefined)
    return wrong(
      `value must be ${BOARD_FUNCTIONS.join(", ")} of an event's field, such as max(progression.score)`,
    );
  if (!isEventType(type))
    return wrong(`there is no event type ${type}: it is one of ${EVENT_TYPES.join(", ")}`);
  const problem = problemOfField(fn as BoardFunction, type, field) ?? problemOfWhere(type, data.where);
  if (problem !== undefined) return wrong(problem);
  const where = Object.fromEntries(Object.entries(data.where).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const id = `${name}#${fingerprint(JSON.stringify([data.value, where]))}`;
  return {
    name,
    value: data.value,
    fn: fn as BoardFunction,
    type,
    field: field ?? null,
    where,
    period: data.period,
    players_may_read: data.players_may_read,
    id,
  };
}

function problemOfField(fn: BoardFunction, type: EventType, field: string | undefined): string | undefined {
  if (fn === "count") {
    return field === undefined ? undefined : `count takes an event type alone: count(${type})`;
  }
  const numbers = Object.keys(schemas[type].shape).filter((name) => accepts(type, name, 1));
  if (field !== undefined && numbers.includes(field)) return undefined;
  return `${type} has no number ${field ?? ""}: ${fn} takes one of ${numbers.join(", ")}`;
}

function problemOfWhere(type: EventType, where: Board["where"]): string | undefined {
  for (const [field, value] of Object.entries(where)) {
    if (!Object.hasOwn(schemas[type].shape, field))
      return `where: ${type} has no field ${field.slice(0, 64)}`;
    if (!accepts(type, field, value))
      return `where: ${field} of ${type} can never be ${JSON.stringify(value)}`;
    // Events have their codes in upper case, however they were sent.
    if (CODES.has(field) && value !== String(value).toUpperCase())
      return `where: write ${field} in upper case, as it is delivered`;
  }
  return undefined;
}

const CODES = new Set(["country", "currency"]);

const EVENT_TYPES = Object.keys(schemas);
const isEventType = (type: string): type is EventType => Object.hasOwn(schemas, type);

function accepts(type: EventType, field: string, value: Condition): boolean {
  const shape: Record<string, z.ZodType> = schemas[type].shape;
  return shape[field]?.safeParse(value).success === true;
}

function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** Values are kept in millionths: sums of decimals do not drift, and no amount of an event has more than six decimals. */
export const UNITS_PER_ONE = 1_000_000;
const DECIMALS = 6;

/** A value beyond it is nobody's: rows hold so many digits. */
const MAX_VALUE = 1e30;

/** What an accepted event brings to a board, in millionths; undefined: nothing. */
export function unitsOf({ type, where, field }: Board, event: Fields): bigint | undefined {
  if (event.event_type !== type) return undefined;
  for (const name in where) if (event[name] !== where[name]) return undefined;
  return field === null ? BigInt(UNITS_PER_ONE) : toUnits(event[field]);
}

/** Of a number, or of a decimal as judging leaves it: `"4.99"`. */
function toUnits(value: unknown): bigint | undefined {
  if (typeof value === "string") {
    const [whole = "", fraction = ""] = value.split(".");
    return BigInt(whole + fraction.padEnd(DECIMALS, "0"));
  }
  if (typeof value !== "number" || Math.abs(value) > MAX_VALUE) return undefined;
  // Apart, since their product is beyond what a double holds long before the whole is.
  const whole = Math.trunc(value);
  return BigInt(whole) * BigInt(UNITS_PER_ONE) + BigInt(Math.round((value - whole) * UNITS_PER_ONE));
}
