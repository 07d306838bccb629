import type { EventType } from "../../sdk/events.ts";
import { addDelay, countOf, type Delays } from "./delays.ts";
import type { Intake } from "./intake.ts";
import { type Ranked, Ranking } from "./ranking.ts";
import { Sketch } from "./sketch.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const MINUTES = 60;
/** Whoever had an event taken in so many minutes is playing now. */
const ACTIVE_MINUTES = 5;
const HOURS_A_DAY = 24;

/** Keys are chosen by strangers: so many of each kind are counted in a day. A rejection has an example of 1 KiB. */
const MAX_REJECTIONS = 100;
const MAX_WARNINGS = 200;

export interface Verdicts {
  accepted: number;
  duplicates: number;
  rejected: number;
}

export type EventCounts = Partial<Record<EventType, number>>;

/** What came in one minute, or in one hour. `at` numbers it: minutes or hours since 1970. */
export interface Minute extends Verdicts {
  at: number;
  events: EventCounts;
  players: Sketch;
  /** What was delivered in that minute, whenever it came. */
  delays: Delays;
}

export interface Hour extends Verdicts {
  at: number;
  events: EventCounts;
  players: Sketch;
  purchases: number;
  /** By currency, in ten-thousandths of its unit. */
  revenue: Map<string, bigint>;
}

export type Rejection = { code: string; path: string; version: string };
export type Warning = Rejection;
export type UnknownField = { field: string; type: string; version: string };

/** What one queue saw, as of a time. Sketches are told as text, so that it can cross to the Worker. */
export interface LiveView {
  minutes: Omit<Minute, "players" | "delays">[];
  hours: (Omit<Hour, "players"> & { players: string })[];
  lastFiveMinutes: string;
  lastHour: string;
  delays: Delays;
  rejections: Ranked<Rejection>[];
  warnings: Ranked<Warning>[];
  drift: Ranked<UnknownField>[];
}

/** Events a minute. */
export interface Rate {
  taken: number;
  delivered: number;
}

/** As it is stored: JSON. `{ "version": 1, "minutes": [{ "at": 29840734, "accepted": 3, …, "players": "AQIF…" }], … }` */
interface Stored {
  version: 1;
  day: number;
  minutes: (Omit<Minute, "players" | "delays"> & { players: string; delays: [number, number][] })[];
  hours: (Omit<Hour, "players" | "revenue"> & { players: string; revenue: [string, string][] })[];
  rejections: Ranked<Rejection>[];
  warnings: Ranked<Warning>[];
  drift: Ranked<UnknownField>[];
}

/**
 * What a queue has seen in the last 60 minutes and, by hours of UTC, today. By when it came here, not by when it happened. It is
 * bounded whatever comes: 84 sketches of 2 KiB, and so many keys of each kind.
 */
export class LiveState {
  #day = 0;
  readonly #minutes = new Map<number, Minute>();
  readonly #hours = new Map<number, Hour>();
  #rejections = new Ranking<Rejection>(MAX_REJECTIONS);
  #warnings = new Ranking<Warning>(MAX_WARNINGS);
  #drift = new Ranking<UnknownField>(MAX_WARNINGS);

  /** Takes what `toString` told. Throws where it cannot be read. */
  static parse(text: string): LiveState {
    const stored = JSON.parse(text) as Stored;
    if (stored.version !== 1) throw new Error(`live state of version ${stored.version}`);
    const state = new LiveState();
    state.#day = stored.day;
    for (const { players, delays, ...minute } of stored.minutes)
      state.#minutes.set(minute.at, { ...minute, players: Sketch.parse(players), delays: new Map(delays) });
    for (const { players, revenue, ...hour } of stored.hours)
      state.#hours.set(hour.at, {
        ...hour,
        players: Sketch.parse(players),
        revenue: new Map(revenue.map(([currency, amount]) => [currency, BigInt(amount)])),
      });
    state.#rejections = new Ranking(MAX_REJECTIONS, stored.rejections);
    state.#warnings = new Ranking(MAX_WARNINGS, stored.warnings);
    state.#drift = new Ranking(MAX_WARNINGS, stored.drift);
    return state;
  }

  /** Counts what a queue took. */
  add(intake: Intake, now: number): void {
    const [minute, hour] = this.#at(now);
    for (const bucket of [minute, hour]) addIntake(bucket, intake);
    hour.purchases += intake.purchases.length;
    for (const { currency, amount } of intake.purchases)
      hour.revenue.set(currency, (hour.revenue.get(currency) ?? 0n) + amount);
    for (const { code, path, version, count, example } of intake.reasons)
      this.#rejections.add({ code, path, version }, count, example);
    for (const { code, path, version, type, count } of intake.warnings) {
      if (code === "unknown_field") this.#drift.add({ field: path, type, version }, count);
      else this.#warnings.add({ code, path, version }, count);
    }
  }

  /** Counts what is known of a time from nothing but rows: no types, players or purchases. */
  addVerdicts(verdicts: Verdicts, at: number): void {
    for (const bucket of this.#at(at)) addVerdicts(bucket, verdicts);
  }

  /** Counts events that were delivered now, and came at `since`. */
  delivered(events: number, since: number, now: number): void {
    addDelay(this.#at(now)[0].delays, now - since, events);
  }

  /** Events of the last 60 s: the minute before counts for as much of it as still lies within. */
  rate(at: number): Rate {
    const last = Math.floor(at / MINUTE_MS);
    const [before, now] = [this.#minutes.get(last - 1), this.#minutes.get(last)];
    const share = 1 - (at % MINUTE_MS) / MINUTE_MS;
    const over = (of: (minute: Minute) => number) =>
      (before === undefined ? 0 : of(before) * share) + (now === undefined ? 0 : of(now));
    return { taken: over(({ accepted }) => accepted), delivered: over(({ delays }) => countOf(delays)) };
  }

  /** Who had an event taken in so many minutes, the current one among them: a sketch as text. */
  activePlayers(at: number, minutes = ACTIVE_MINUTES): string {
    const last = Math.floor(at / MINUTE_MS);
    const within = [...this.#minutes.values()].filter((minute) => isWithin(minute.at, last, minutes));
    return String(Sketch.union(within.map(({ players }) => players)));
  }

  /** Forgets every text that a player sent. Counts stay: they name nobody. */
  dropExamples(): void {
    this.#rejections.dropExamples();
  }

  /** What there is to see at a time, in the 60 minutes and the day that end with it. */
  view(at: number): LiveView {
    const [lastMinute, lastHour] = [Math.floor(at / MINUTE_MS), Math.floor(at / HOUR_MS)];
    const minutes = [...this.#minutes.values()].filter((minute) => isWithin(minute.at, lastMinute, MINUTES));
    const hours = [...this.#hours.values()].filter((hour) => dayOf(hour.at) === dayOf(lastHour));
    const isToday = this.#day === dayOf(lastHour);
    return {
      minutes: minutes.map(({ players: _, delays: __, ...minute }) => minute),
      hours: hours.map(({ players, ...hour }) => ({ ...hour, players: String(players) })),
      lastFiveMinutes: this.activePlayers(at),
      lastHour: this.activePlayers(at, MINUTES),
      delays: mergedDelays(minutes.map(({ delays }) => delays)),
      rejections: isToday ? this.#rejections.top() : [],
      warnings: isToday ? this.#warnings.top() : [],
      drift: isToday ? this.#drift.top() : [],
    };
  }

  /** All of it, to be stored. */
  toString(): string {
    const stored: Stored = {
      version: 1,
      day: this.#day,
      minutes: [...this.#minutes.values()].map(({ players, delays, ...minute }) => ({
        ...minute,
        players: String(players),
        delays: [...delays],
      })),
      hours: [...this.#hours.values()].map(({ players, revenue, ...hour }) => ({
        ...hour,
        players: String(players),
        revenue: [...revenue].map(([currency, amount]) => [currency, String(amount)]),
      })),
      rejections: this.#rejections.top(),
      warnings: this.#warnings.top(),
      drift: this.#drift.top(),
    };
    return JSON.stringify(stored);
  }

  #at(now: number): [Minute, Hour] {
    const [at, hourAt] = [Math.floor(now / MINUTE_MS), Math.floor(now / HOUR_MS)];
    this.#turnTo(dayOf(hourAt));
    const minute = this.#minutes.get(at) ?? this.#newMinute(at);
    const hour = this.#hours.get(hourAt) ?? newHour(hourAt);
    this.#hours.set(hourAt, hour);
    return [minute, hour];
  }

  #newMinute(at: number): Minute {
    // The clock may have been ahead: what lies in its future is let go as what lies too far back is.
    for (const other of this.#minutes.keys())
      if (Math.abs(other - at) >= MINUTES) this.#minutes.delete(other);
    const minute = { at, ...newVerdicts(), events: {}, players: new Sketch(), delays: new Map() };
    this.#minutes.set(at, minute);
    return minute;
  }

  /** A new day in UTC begins with nothing. */
  #turnTo(day: number): void {
    if (day === this.#day) return;
    this.#day = day;
    this.#hours.clear();
    this.#rejections = new Ranking(MAX_REJECTIONS);
    this.#warnings = new Ranking(MAX_WARNINGS);
    this.#drift = new Ranking(MAX_WARNINGS);
  }
}

const newVerdicts = (): Verdicts => ({ accepted: 0, duplicates: 0, rejected: 0 });

const newHour = (at: number): Hour => ({
  at,
  ...newVerdicts(),
  events: {},
  players: new Sketch(),
  purchases: 0,
  revenue: new Map(),
});

function addVerdicts(bucket: Verdicts, { accepted, duplicates, rejected }: Verdicts): void {
  bucket.accepted += accepted;
  bucket.duplicates += duplicates;
  bucket.rejected += rejected;
}

function addIntake(bucket: Minute | Hour, intake: Intake): void {
  addVerdicts(bucket, intake);
  addEvents(bucket.events, intake.events);
  const { players } = intake;
  for (let at = 0; at < players.length; at += 2) bucket.players.add(players[at] ?? 0, players[at + 1] ?? 0);
}

/** Adds counts by type to others. */
export function addEvents(events: EventCounts, more: EventCounts): void {
  for (const type of Object.keys(more) as EventType[]) events[type] = (events[type] ?? 0) + (more[type] ?? 0);
}

/** Several histograms as one. */
export function mergedDelays(all: readonly Delays[]): Delays {
  const merged: Delays = new Map();
  for (const delays of all)
    for (const [bucket, count] of delays) merged.set(bucket, (merged.get(bucket) ?? 0) + count);
  return merged;
}

const isWithin = (at: number, last: number, count: number) => at > last - count && at <= last;

/** The UTC day that an hour belongs to, in days since 1970. */
export const dayOf = (hour: number) => Math.floor(hour / HOURS_A_DAY);
