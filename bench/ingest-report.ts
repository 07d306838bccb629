import { formatCount, formatTable } from "../local/table.ts";
import { CONTENDERS, type Contender } from "./contenders.ts";
import type { BatchSizeResult } from "./ingest.ts";

const TITLES: Record<Contender, string> = {
  bare: "a  bare Worker",
  floor: "b  durable floor",
  playtrail: "c  Playtrail",
};

/** One batch size: the three side by side, and below them what went wrong. */
export function reportSpeed(result: BatchSizeResult): string {
  const rows = CONTENDERS.map((contender) => {
    const { requestsPerSecond, eventsPerSecond, p50Ms, p99Ms } = result.measured[contender];
    return [
      TITLES[contender],
      formatCount(requestsPerSecond),
      formatCount(eventsPerSecond),
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
      contender === "playtrail" ? result.playtrailToBare.toFixed(2) : "",
      contender === "playtrail" ? result.playtrailToFloor.toFixed(2) : "",
    ];
  });
  const title = `${plural(result.eventsPerRequest, "event")} a request, ${formatCount(result.requestBytes)} bytes`;
  const table = formatTable([title, "requests/s", "events/s", "p50 ms", "p99 ms", "c/a", "c/b"], rows);
  return [table, ...result.problems.map((problem) => `! ${problem}`)].join("\n");
}

/** What Playtrail's work would cost on the bill, by batch size. */
export function reportCost(results: BatchSizeResult[]): string {
  const rows = results.map(({ eventsPerRequest, cost, backlogShare }) => [
    plural(eventsPerRequest, "event"),
    cost.rowsPer1000Events.toFixed(1),
    formatCount(cost.billedBytesPer1000Events),
    cost.billedPerByte.toFixed(3),
    `${(backlogShare * 100).toFixed(0)} %`,
  ]);
  return formatTable(
    [
      "Playtrail's cost, a request",
      "rows/1,000 events",
      "billed bytes/1,000 events",
      "billed/payload",
      "backlog",
    ],
    rows,
  );
}

/** A number that the design promises. */
interface Aim {
  eventsPerRequest: number;
  text: string;
  measured(result: BatchSizeResult): number;
  met(value: number): boolean;
}

const AIMS: Aim[] = [
  { eventsPerRequest: 1, text: "c/b ≥ 1.00", measured: (r) => r.playtrailToFloor, met: (v) => v >= 1 },
  { eventsPerRequest: 10, text: "c/b ≥ 1.00", measured: (r) => r.playtrailToFloor, met: (v) => v >= 1 },
  { eventsPerRequest: 500, text: "c/b ≥ 0.60", measured: (r) => r.playtrailToFloor, met: (v) => v >= 0.6 },
  {
    eventsPerRequest: 50,
    text: "≤ 50 rows/1,000 events",
    measured: (r) => r.cost.rowsPer1000Events,
    met: (v) => v <= 50,
  },
  {
    eventsPerRequest: 500,
    text: "billed ≤ 1.03 × payload",
    measured: (r) => r.cost.billedPerByte,
    met: (v) => v <= 1.03,
  },
];

/** What was aimed at, next to what came out. */
export function reportAims(results: BatchSizeResult[]): string {
  const rows = AIMS.flatMap(({ eventsPerRequest, text, measured, met }) => {
    const result = results.find((each) => each.eventsPerRequest === eventsPerRequest);
    if (result === undefined) return [];
    const value = measured(result);
    return [[`${text}, at ${eventsPerRequest} a request`, value.toFixed(3), met(value) ? "yes" : "no"]];
  });
  return formatTable(["aim", "measured", "met"], rows);
}

function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
