import { setTimeout as sleep } from "node:timers/promises";

/** What has not come about by then is a finding: the longest backoff of a queue that was just down is a fraction of it. */
const DEADLINE_MS = 90_000;

/** Asks until the answer is yes. Rejects, naming `what`, where it has not come about in time. */
export async function until(
  what: string,
  ask: () => boolean | Promise<boolean>,
  pauseMs = 20,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await ask())) {
    if (performance.now() > deadline)
      throw new Error(`within ${DEADLINE_MS / 1_000} s it did not come about that ${what}`);
    await sleep(pauseMs);
  }
}
