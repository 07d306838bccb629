import { formatCount, formatTable, median } from "../../local/table.ts";
import type { Settings } from "./contender.ts";
import { type AdapterName, TRAITS } from "./contenders.ts";
import { decimal } from "./format.ts";
import type { Plan } from "./plan.ts";
import { type Outcome, run } from "./run.ts";

const EVENTS = 50_000;
const LIMIT_MS = 60_000;

/** What one contender took for many events at once; medians of its rounds. What was not measurable is NaN. */
export interface Burst {
  contender: AdapterName;
  settings: Settings;
  tracked: number;
  arrived: number;
  requests: number;
  perSecond: number;
  /** Microseconds of processor time an event that arrived. */
  cpuMicros: number;
  /** Microseconds a call that reports an event. */
  trackMicros: number;
  /** The longest time that the main thread could do nothing else, after the calls. */
  blockMs: number;
  peakRssMb: number;
  /** Bytes on the wire an event that arrived, headers included. */
  wireBytes: number;
}

/** All events in one task, then whatever the SDK offers to wait until they are sent. */
export async function benchBurst(plan: Plan): Promise<Burst[]> {
  const usual = (["floor", ...plan.contenders] as const).map((name) => [name, "default"] as const);
  const best = plan.contenders.filter((name) => TRAITS[name].hasBest).map((name) => [name, "best"] as const);
  const entries = plan.quick ? usual : [...usual, ...best];
  const rounds = entries.map((): Burst[] => []);
  // Round by round, so that what else the machine does meets all alike.
  for (let round = 0; round < plan.rounds; round++) {
    for (const [index, [contender, settings]] of entries.entries()) {
      const events = Math.min(EVENTS, TRAITS[contender].maxEvents ?? EVENTS);
      const outcome = await run({ contender, settings, events }, { kind: "none" }, LIMIT_MS);
      rounds[index]?.push(burstOf(contender, settings, outcome));
    }
  }
  return rounds.flatMap(medianOf);
}

function burstOf(contender: AdapterName, settings: Settings, outcome: Outcome): Burst {
  const { events, trackMs, tally, lastArrivalMs, usage } = outcome;
  const { arrived, requests, bytes } = tally;
  return {
    contender,
    settings,
    tracked: events,
    arrived,
    requests,
    perSecond: arrived / (lastArrivalMs / 1_000),
    cpuMicros: ((usage?.cpuMs ?? Number.NaN) * 1_000) / arrived,
    trackMicros: (trackMs * 1_000) / events,
    blockMs: usage?.longestBlockMs ?? Number.NaN,
    peakRssMb: usage?.peakRssMb ?? Number.NaN,
    wireBytes: bytes / arrived,
  };
}

function medianOf(rounds: Burst[]): Burst[] {
  const [first] = rounds;
  if (first === undefined) return [];
  const of = (read: (burst: Burst) => number) => median(rounds.map(read));
  return [
    {
      ...first,
      arrived: of((burst) => burst.arrived),
      requests: of((burst) => burst.requests),
      perSecond: of((burst) => burst.perSecond),
      cpuMicros: of((burst) => burst.cpuMicros),
      trackMicros: of((burst) => burst.trackMicros),
      blockMs: of((burst) => burst.blockMs),
      peakRssMb: of((burst) => burst.peakRssMb),
      wireBytes: of((burst) => burst.wireBytes),
    },
  ];
}

export function reportBurst(bursts: Burst[]): string {
  const usual = bursts.filter(({ settings }) => settings === "default");
  const best = usual.map(
    (burst) =>
      bursts.find((other) => other.contender === burst.contender && other.settings === "best") ?? burst,
  );
  const tables = [formatTable(["settings as they come", ...COLUMNS], usual.map(rowOf))];
  if (bursts.length > usual.length)
    tables.push(formatTable(["best documented settings, if any", ...COLUMNS], best.map(rowOf)));
  return tables.join("\n\n");
}

const COLUMNS = [
  "tracked",
  "arrived",
  "requests",
  "events/s",
  "CPU µs/event",
  "µs/track()",
  "longest block ms",
  "peak RSS MB",
  "wire B/event",
];

function rowOf(burst: Burst): string[] {
  return [
    burst.contender,
    formatCount(burst.tracked),
    formatCount(burst.arrived),
    formatCount(burst.requests),
    formatCount(burst.perSecond),
    decimal(burst.cpuMicros),
    decimal(burst.trackMicros),
    formatCount(burst.blockMs),
    formatCount(burst.peakRssMb),
    decimal(burst.wireBytes),
  ];
}
