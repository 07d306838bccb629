import { type Day, dayOf, hourOf } from "../../history/day.ts";
import { spellDuration } from "../spell.ts";
import { DAY_MS, THRESHOLDS } from "../thresholds.ts";
import { FINE, UNKNOWN, type Verdict } from "../verdict.ts";

/**
 * Whether a game has gone silent at a time at which it usually sends. At night it may be silent for another reason, which is neither
 * good nor bad news; after a week of silence it is a game that does not send any more.
 */
export function checkSilence(
  { lastReceivedAt }: Pick<Day, "lastReceivedAt">,
  days: ReadonlyMap<string, Pick<Day, "hours">>,
  now: number,
): Verdict {
  if (lastReceivedAt === null || now - lastReceivedAt < THRESHOLDS.SILENCE_MS) return FINE;
  if (now - lastReceivedAt > THRESHOLDS.SILENCE_DAYS * DAY_MS) return FINE;
  // An hour of silence touches two hours of the clock.
  const isUsual = [now - THRESHOLDS.SILENCE_MS, now].every(
    (at) => daysWithEvents(days, at) >= THRESHOLDS.SILENCE_USUAL_DAYS,
  );
  if (!isUsual) return UNKNOWN;
  const detail = `nothing came for ${spellDuration(now - lastReceivedAt)}, at a time at which the game usually sends`;
  return { kind: "firing", since: lastReceivedAt, detail };
}

/** On how many of the days before something came at this hour. */
function daysWithEvents(days: ReadonlyMap<string, Pick<Day, "hours">>, at: number): number {
  const before = Array.from({ length: THRESHOLDS.SILENCE_DAYS }, (_, index) => at - (index + 1) * DAY_MS);
  return before.filter((then) => (days.get(dayOf(then))?.hours[hourOf(then)] ?? 0) > 0).length;
}
