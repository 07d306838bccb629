import type { BoardFunction } from "../events/board.ts";

/** A board in one of its periods: what players compete in. */
export interface Contest {
  /** `Board.id` */
  board: string;
  fn: BoardFunction;
  /** `periodOf` */
  period: string;
}

/** A player's value in millionths, and when it was reached, by the event's own time; milliseconds since 1970. */
export interface Score {
  units: bigint;
  at: number;
}

/** What an event brings to a contest. */
export interface PlacedScore {
  contest: Contest;
  user: string;
  score: Score;
}

/** The scores of a contest by player. */
export interface Standing {
  contest: Contest;
  scores: [user: string, score: Score][];
}

/** Two scores of a player as one. In whatever order, and however grouped, many become the same. */
export function combined(fn: BoardFunction, a: Score, b: Score): Score {
  switch (fn) {
    case "max":
      return isBefore(b.units - a.units, a.at - b.at) ? a : b;
    case "min":
      return isBefore(a.units - b.units, a.at - b.at) ? a : b;
    case "last":
      return a.at > b.at || (a.at === b.at && a.units > b.units) ? a : b;
    case "sum":
    case "count":
      return { units: a.units + b.units, at: Math.max(a.at, b.at) };
  }
}

const isBefore = (first: bigint, second: number) => first < 0n || (first === 0n && second <= 0);

/** Adds up what many events bring to contests. */
export class Standings {
  readonly #contests = new Map<string, { contest: Contest; scores: Map<string, Score> }>();
  #size = 0;

  /** How many scores there are. */
  get size(): number {
    return this.#size;
  }

  add(contest: Contest, user: string, score: Score): void {
    const key = `${contest.board} ${contest.period}`;
    let known = this.#contests.get(key);
    if (known === undefined) {
      known = { contest, scores: new Map() };
      this.#contests.set(key, known);
    }
    const before = known.scores.get(user);
    if (before === undefined) this.#size++;
    known.scores.set(user, before === undefined ? score : combined(contest.fn, before, score));
  }

  addAll(placed: readonly PlacedScore[]): this {
    for (const { contest, user, score } of placed) this.add(contest, user, score);
    return this;
  }

  list(): Standing[] {
    return [...this.#contests.values()].map(({ contest, scores }) => ({ contest, scores: [...scores] }));
  }
}

/** How standings are written: `{"users":["ada"],"contests":[{"board":"high_score#…","fn":"max","period":"all","scores":[[0,"4990000",1795262400000]]}]}`. */
interface Written {
  users: string[];
  contests: (Contest & { scores: [place: number, units: string, at: number][] })[];
}

/** Standings as text; null: there are none. */
export function writeStandings(standings: readonly Standing[]): string | null {
  const places = new Map<string, number>();
  const placeOf = (user: string) => {
    const place = places.get(user) ?? places.size;
    places.set(user, place);
    return place;
  };
  const contests: Written["contests"] = standings
    .filter(({ scores }) => scores.length > 0)
    .map(({ contest, scores }) => ({
      ...contest,
      scores: scores.map(([user, { units, at }]) => [placeOf(user), String(units), at]),
    }));
  return contests.length === 0 ? null : JSON.stringify({ users: [...places.keys()], contests });
}

export function readStandings(text: string): Standing[] {
  const { users, contests } = JSON.parse(text) as Written;
  return contests.map(({ scores, ...contest }) => ({
    contest,
    scores: scores.map(([place, units, at]) => [users[place] ?? "", { units: BigInt(units), at }]),
  }));
}
