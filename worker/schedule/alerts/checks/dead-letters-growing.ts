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
  const detail = `${spellCount(newDeadLetters, "event")} became dead letters since the last check; ${spellCount(kept, "event")} kept in all`;
  return { kind: "firing", since: now, detail };
}
