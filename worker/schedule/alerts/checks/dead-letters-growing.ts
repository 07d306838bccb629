import type { Day } from "../../history/day.ts";
import { spellCount } from "../spell.ts";
import { FINE, type Verdict } from "../verdict.ts";

/**
 * Whether events became dead letters in the last hour: one that comes every half hour is one incident. Those that an operator purged
 * meanwhile count nevertheless.
 */
export function checkDeadLetters({ recent }: Pick<Day, "recent">, kept: number): Verdict {
  const before = recent.at(0)?.dead_lettered ?? 0;
  const grown = recent.find(({ dead_lettered }) => dead_lettered > before);
  const count = (recent.at(-1)?.dead_lettered ?? 0) - before;
  if (grown === undefined || count <= 0) return FINE;
  const became = count === 1 ? "became a dead letter" : "became dead letters";
  const all = `${spellCount(kept, "event")} ${kept === 1 ? "is" : "are"} kept in all`;
  const detail = `${spellCount(count, "event")} ${became} in the last hour; ${all}`;
  return { kind: "firing", since: grown.at, detail };
}
