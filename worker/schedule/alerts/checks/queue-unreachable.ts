import { FINE, type Verdict } from "../verdict.ts";

/** Whether queues did not answer. Objects that are being moved do not for seconds: a client's retries bridge that, and so does the next check. */
export function checkReachable({ asked, silent }: { asked: number; silent: number }, now: number): Verdict {
  if (silent === 0) return FINE;
  return { kind: "firing", since: now, detail: `${silent} of ${asked} queues did not answer` };
}
