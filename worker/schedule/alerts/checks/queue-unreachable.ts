import type { Observation } from "../observation.ts";
import { FINE, type Verdict } from "../verdict.ts";

/**
 * Whether queues did not answer, or are not known any more. Objects that are being moved do not answer for seconds: a client's retries
 * bridge that, and so does the next check.
 */
export function checkReachable(
  { asked, silent, stats }: Pick<Observation, "asked" | "silent" | "stats">,
  now: number,
): Verdict {
  if (stats !== null) return FINE;
  const detail =
    asked === 0 ? "the registry has forgotten its queues" : `${silent} of ${asked} queues did not answer`;
  return { kind: "firing", since: now, detail };
}
