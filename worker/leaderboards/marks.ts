import { type Board, unitsOf } from "../events/board.ts";
import type { Fields } from "../events/fields.ts";
import { periodOf } from "./period.ts";
import type { Contest, Score } from "./standings.ts";

/** What one event brings to one contest. */
export interface Mark extends Score {
  /** The event's place in its parcel. */
  index: number;
  /** The contest's place in `contests`. */
  contest: number;
}

/** What the events of a parcel bring to leaderboards. Of a duplicate, or of an erased player's event, the queue takes nothing. */
export interface Marks {
  contests: Contest[];
  /** By rising index. */
  marks: Mark[];
}

/** Undefined: the events bring nothing. */
export function marksOf(events: readonly { event: Fields }[], boards: readonly Board[]): Marks | undefined {
  if (boards.length === 0) return undefined;
  const places = new Map<string, number>();
  const contests: Contest[] = [];
  const marks: Mark[] = [];
  for (const [index, { event }] of events.entries()) {
    for (const board of boards) {
      const units = unitsOf(board, event);
      if (units === undefined) continue;
      const at = Date.parse(String(event.timestamp));
      const period = periodOf(board.period, at);
      const key = `${board.id} ${period}`;
      let contest = places.get(key);
      if (contest === undefined) {
        contest = contests.push({ board: board.id, fn: board.fn, period }) - 1;
        places.set(key, contest);
      }
      marks.push({ index, contest, units, at });
    }
  }
  return marks.length === 0 ? undefined : { contests, marks };
}
