import { formatCount, formatTable } from "../local/table.ts";
import { dollarsOf, totalDollars } from "../worker/operate/prices.ts";
import { type BatchSizeCost, BUSY_REQUESTS_PER_SECOND, type Cost, DELIVERY_MS } from "./cost.ts";
import type { Arrivals } from "./load.ts";

/** Rows written and latency, with more and more requests at once. */
export function reportSharing({ eventsPerRequest, loads, problems }: BatchSizeCost): string {
  const rows = loads.map(({ arrivals, cost, latency, floorLatency }) => [
    nameOf(arrivals),
    ((cost.calls * eventsPerRequest) / 1_000_000).toFixed(2),
    (cost.rowsWritten / 1000).toFixed(1),
    latency.p50Ms.toFixed(1),
    latency.p99Ms.toFixed(1),
    floorLatency.p50Ms.toFixed(1),
    floorLatency.p99Ms.toFixed(1),
  ]);
  const header = [
    titleOf(eventsPerRequest),
    "RPCs/request",
    "rows/1,000 events",
    "p50 ms",
    "p99 ms",
    "floor's p50",
    "floor's p99",
  ];
  return [formatTable(header, rows), ...problems.map((problem) => `! ${problem}`)].join("\n");
}

/** What a million events take, and in dollars. */
export function reportCost(result: BatchSizeCost): string {
  const costs = costsOf(result);
  const title = `a million events, ${titleOf(result.eventsPerRequest)}`;
  const quantities = costs.map(([name, cost]) => [
    name,
    formatCount(cost.requests),
    formatCount(cost.cpuMs),
    formatCount(cost.calls),
    formatCount(cost.alarms),
    formatCount(cost.gbSeconds),
    formatCount(cost.rowsWritten),
    formatCount(cost.rowsRead),
    (cost.firehoseBytes / 2 ** 30).toFixed(2),
  ]);
  const dollars = costs.map(([name, cost]) => {
    const parts = dollarsOf(cost);
    const shown = [
      parts.requests,
      parts.cpuMs,
      parts.objectRequests,
      parts.gbSeconds,
      parts.rowsWritten,
      parts.rowsRead,
      parts.firehoseBytes,
      totalDollars(cost),
    ];
    return [name, ...shown.map((value) => value.toFixed(3))];
  });
  return [
    formatTable(
      [title, "requests", "CPU ms", "RPCs", "alarms", "GB-s", "rows written", "rows read", "Firehose GB"],
      quantities,
    ),
    formatTable(
      [
        "in dollars",
        "requests",
        "CPU",
        "RPCs, alarms",
        "GB-s",
        "rows written",
        "rows read",
        "Firehose",
        "all",
      ],
      dollars,
    ),
  ].join("\n\n");
}

/** What is measured, and what is assumed. */
export const NOTES = [
  "Measured: RPC calls, alarms and rows, by a meter in the Worker that is deployed; what Firehose bills; processor time, that of workerd",
  "as a whole, its network and its Durable Objects included: more than Cloudflare would bill.",
  `Assumed: an object never sleeps, with requests at ${formatCount(BUSY_REQUESTS_PER_SECOND)}/s where no rate is named; that of a slow game is awake for a request's p50`,
  `and ${DELIVERY_MS} ms of delivery, and sleeps in between. Left out: what a plan includes, storage, S3 and Snowflake.`,
].join("\n");

/** What a million events may cost, in dollars, by events a request. */
const AIMS = new Map([
  [10, 0.15],
  [50, 0.06],
]);

/** What was aimed at, next to what came out. */
export function reportCostAims(results: BatchSizeCost[]): string {
  const rows = results.flatMap((result) => {
    const aim = AIMS.get(result.eventsPerRequest);
    if (aim === undefined) return [];
    return result.loads.map(({ arrivals, cost }) => {
      const total = totalDollars(cost);
      return [
        `≤ $${aim.toFixed(2)} a million, ${titleOf(result.eventsPerRequest)}, ${nameOf(arrivals)}`,
        `$${total.toFixed(3)}`,
        total <= aim ? "yes" : "no",
      ];
    });
  });
  return formatTable(["aim", "measured", "met"], rows);
}

function costsOf({ loads, slow, naive }: BatchSizeCost): [name: string, cost: Cost][] {
  return [
    ...loads.map(({ arrivals, cost }): [string, Cost] => [nameOf(arrivals), cost]),
    ["a slow game, each request by itself", slow],
    ["the naive design", naive],
  ];
}

function nameOf(arrivals: Arrivals): string {
  if ("requestsPerSecond" in arrivals) return `${formatCount(arrivals.requestsPerSecond)}/s at random`;
  return arrivals.connections === 1 ? "1 at a time" : `${arrivals.connections} at once`;
}

function titleOf(eventsPerRequest: number): string {
  return eventsPerRequest === 1 ? "1 event a request" : `${eventsPerRequest} events a request`;
}
