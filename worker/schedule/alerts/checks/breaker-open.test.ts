import { expect, it } from "vitest";
import { brokenShard, shardStats } from "../../../testing/stats.ts";
import { checkBreakerOpen } from "./breaker-open.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");

it("delivery is fine where every breaker is closed, also after failures", () => {
  const failing = shardStats({ delivery: { ...shardStats().delivery, consecutive_failures: 4 } });
  expect(checkBreakerOpen({ shards: [shardStats(), failing] }, NOW)).toEqual({ kind: "fine" });
  expect(checkBreakerOpen({ shards: [] }, NOW)).toEqual({ kind: "fine" });
});

it("names how many queues cannot deliver and why, since what waits for longest came", () => {
  const probed = brokenShard("ServiceUnavailableException", 120_000);
  probed.delivery.state = "half_open";
  const shards = [shardStats(), brokenShard(), probed, brokenShard("AccessDeniedException", 300_000)];
  expect(checkBreakerOpen({ shards }, NOW)).toEqual({
    kind: "firing",
    since: NOW - 300_000,
    detail: "3 of 4 queues cannot deliver: AccessDeniedException, ServiceUnavailableException",
  });
});
