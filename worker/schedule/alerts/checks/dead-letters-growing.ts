import type { QueueStats } from "../../../queue/stats.ts";
import type { Day } from "../../history/day.ts";
import { spellCount } from "../spell.ts";
import { FINE, type Verdict } from "../verdict.ts";

/**
 * Whether events became dead letters in the last hour: one that comes every half hour is one incident. Those that an operator purged
 * meanwhile count nevertheless. Erasures and exchange rates are no events, and matter until somebody has replayed them.
 */
export function checkDeadLetters(
  { recent }: Pick<Day, "recent">,
  { events: kept, bytes }: QueueStats["dead_letters"],
  now: number,
): Verdict {
  if (kept === 0 && bytes > 0) {
    const detail = `${spellCount(bytes, "byte")} of erasures or exchange rates are dead letters`;
    return { kind: "firing", since: now, detail };
  }
  const before = recent.at(0)?.dead_lettered ?? 0;
  const grown = recent.find(({ dead_lettered }) => dead_lettered > before);
  const count = (recent.at(-1)?.dead_lettered ?? 0) - before;
  if (grown === undefined || count <= 0) return FINE;
  const became = count === 1 ? "became a dead letter" : "became dead letters";
  const all = `${spellCount(kept, "event")} ${kept === 1 ? "is" : "are"} kept in all`;
  const detail = `${spellCount(count, "event")} ${became} in the last hour; ${all}`;
  return { kind: "firing", since: grown.at, detail };
}
