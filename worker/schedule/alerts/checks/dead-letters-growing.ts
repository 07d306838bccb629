import type { Day } from "../../history/day.ts";
import { spellCount } from "../spell.ts";
import { FINE, type Verdict } from "../verdict.ts";

/** Whether events became dead letters since the check before. Those that an operator purged meanwhile count nevertheless. */
export function checkDeadLetters(
  { newDeadLetters }: Pick<Day, "newDeadLetters">,
  kept: number,
  now: number,
): Verdict {
  if (newDeadLetters === 0) return FINE;
  const became = newDeadLetters === 1 ? "became a dead letter" : "became dead letters";
  const all = `${spellCount(kept, "event")} ${kept === 1 ? "is" : "are"} kept in all`;
  const detail = `${spellCount(newDeadLetters, "event")} ${became} since the last check; ${all}`;
  return { kind: "firing", since: now, detail };
}
