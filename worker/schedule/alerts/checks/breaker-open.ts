import type { QueueStats } from "../../../queue/stats.ts";
import { FINE, type Verdict } from "../verdict.ts";

/** Whether a queue has stopped delivering because calls to Firehose fail. A probe under way does not close its breaker. */
export function checkBreakerOpen({ shards }: Pick<QueueStats, "shards">, now: number): Verdict {
  const broken = shards.filter(({ delivery }) => delivery.state !== "closed");
  if (broken.length === 0) return FINE;
  // What waits for longest came when delivery last worked.
  const since = now - Math.max(...broken.map(({ depth }) => depth.oldest_age_ms));
  const codes = [...new Set(broken.flatMap(({ delivery }) => delivery.last_error?.code ?? []))].toSorted();
  const detail = `${broken.length} of ${shards.length} queues cannot deliver: ${codes.join(", ")}`;
  return { kind: "firing", since, detail };
}
