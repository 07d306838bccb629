import type { Day } from "../../history/day.ts";
import { spellCount, spellShare } from "../spell.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { FINE, UNKNOWN, type Verdict } from "../verdict.ts";

/** Whether too much of what came in the last hour, or since the game is known, was rejected. */
export function checkRejectRate({ recent }: Pick<Day, "recent">): Verdict {
  const [first, last] = [recent.at(0), recent.at(-1)];
  if (first === undefined || last === undefined) return UNKNOWN;
  const received = last.received - first.received;
  const rejected = last.rejected - first.rejected;
  if (received < THRESHOLDS.REJECTED_EVENTS_MIN) return FINE;
  const share = rejected / received;
  if (share <= THRESHOLDS.REJECTED_SHARE) return FINE;
  const detail = `${spellShare(share)} of ${spellCount(received, "event")} in the last hour were rejected`;
  return { kind: "firing", since: first.at, detail };
}
